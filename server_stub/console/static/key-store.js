// Keeps an officer's keys while he is logged in: CryptoKeys that cannot be exported, in this browser's IndexedDB.

const NAME = "overt-keys";
const STORE = "keys";
const ENTRY = "session";

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run(mode, action) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = action(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Keep { officer, csrf, cases: { id: [keys] }, devices: { id: public key as hex }, logInKey }. */
export const keep = (session) => run("readwrite", (store) => store.put(session, ENTRY));

/** What was kept, or undefined. */
export const load = () => run("readonly", (store) => store.get(ENTRY));

/** Forget everything. */
export const wipe = () => run("readwrite", (store) => store.clear());
