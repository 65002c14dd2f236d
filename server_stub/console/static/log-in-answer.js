// Back from the log-in service: on to the next page of our own, which the browser then sends its session with.

const { to, problem } = document.querySelector("main").dataset;
if (problem === "") location.replace(to);
