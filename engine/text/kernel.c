/* The two loops over every character, compiled: folding a text and finding patterns in it.
 *
 * Optional: engine/text does the same in Python and numpy where this was not built, and one table of cases runs over
 * both. Nothing here decides anything: letters, codes and classes come as tables, and judging stays in Python. Memory
 * is the caller's, except a dictionary's own; lengths are checked, and what does not fit is reported, never cut.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#if defined(_WIN32)
#define API __declspec(dllexport)
#else
#define API __attribute__((visibility("default")))
#endif

#define VERSION 1

#if defined(__GNUC__)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#else
#define UNLIKELY(condition) (condition)
#endif

/* Bytes of a folded text, as in engine/text/normalise.py. */
enum { LETTER = 1, DELETED = 2, EXPANDED = 3, UNKNOWN = 4, BLANK = 32, FIRST_LETTER = 'a', NARROW = 256 };

/* Answers of a fold that has to be asked again. */
enum { DONE = 0, NEEDS_ROOM = 1, NEEDS_CODE = 2 };

/* Kinds of places that a view reads again. */
enum { SUSPECT = 0, SIGN = 1, REPEATED = 2, SPACED = 3, FOREIGN = 4, ALONE = 5 };

/* Kinds in the tables of single characters. LATIN is a bit of the classes. */
enum { LATIN = 2 };
enum { MASK_LETTER = 1, MASK_SIGN = 2 };
enum { WHITE = 1, OPENING = 2, CLOSING = 4, SETTLED = 8 };

enum { LONGEST_SUSPECT = 64, SHORTEST_RUN = 3, STEP = 64, PADDING = 32, INDENTED = 64 };

/* Returns the number of the lowest bit that is set; one is. */
static inline int lowest(uint64_t bits) {
#if defined(__GNUC__)
    return __builtin_ctzll(bits);
#else
    int at = 0;
    for (; !(bits & 1); bits >>= 1) at++;
    return at;
#endif
}

API int32_t overt_kernel_version(void) { return VERSION; }

/* --- folding --- */

typedef struct {
    const uint8_t *codes;        /* for each code point its byte, or one of the enum above */
    const uint8_t *classes;      /* 256: which neighbours make a token suspicious (views/suspects.py) */
    const uint8_t *mask_kinds;   /* 256: letters and covering signs (views/mask.py) */
    const uint8_t *odd_doubles;  /* 256: letters that hardly any word doubles (views/repeated.py) */
    const uint8_t *edges;        /* 256: white space and marks beside a match (clearance.py) */
    const uint8_t *signs;        /* the covering signs */
    int64_t signs_count;
    const uint32_t *points;      /* characters that fold to several, in order */
    const int32_t *starts;       /* where the bytes of each begin; one more than points */
    const uint8_t *expansions;
    int64_t expanding;
} Letters;

typedef struct {
    uint8_t *view;               /* folded text with single spaces, also at both ends */
    uint8_t *raw;                /* one byte a character; outside Latin-1 LETTER for a letter and 0 for anything else */
    uint8_t *classes;            /* the class of each character */
    int32_t *steps;              /* every STEP characters: twice the length of the view so far, and 1 after a blank */
    int32_t *marks;              /* kind, start, end of places worth a second look */
    int64_t view_room, raw_room, step_room, mark_room;
    int64_t view_length, marks_found;
    int64_t needed;              /* with NEEDS_CODE: the character whose code is not known yet */
} Reading;

/* A text of `width` bytes a character. */
typedef struct {
    const Letters *letters;
    const void *units;
    int64_t length, width;
} Text;

static inline uint32_t point_at(const Text *t, int64_t at) {
    if (t->width == 1) return ((const uint8_t *)t->units)[at];
    return t->width == 2 ? ((const uint16_t *)t->units)[at] : ((const uint32_t *)t->units)[at];
}

static inline int is_letter(uint8_t code) { return code != BLANK && code != DELETED; }

static inline int is_special(uint8_t code) { return (uint8_t)(code - DELETED) <= UNKNOWN - DELETED; }

static int64_t expansion_of(const Letters *letters, uint32_t point) {
    int64_t low = 0, high = letters->expanding;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (letters->points[middle] < point) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Writes the bytes of a character that folds to several, if there is room for all that may still come. */
static int expand(const Text *t, Reading *r, int64_t at, uint8_t *last) {
    const Letters *letters = t->letters;
    uint32_t point = point_at(t, at);
    int64_t which = expansion_of(letters, point);
    if (which == letters->expanding || letters->points[which] != point) {
        r->needed = point;
        return NEEDS_CODE;
    }
    int32_t begin = letters->starts[which], end = letters->starts[which + 1];
    if (r->view_length + (end - begin) + (t->length - at) + PADDING > r->view_room) return NEEDS_ROOM;
    for (int32_t i = begin; i < end; i++) {
        uint8_t code = letters->expansions[i];
        if (code != BLANK || *last != BLANK) r->view[r->view_length++] = code;
        *last = code;
    }
    return DONE;
}

/* Folds the characters, a step at a time. What is written most is held in variables, since bytes that are written could
 * be anything's as far as the compiler knows. */
#define FOLD(NAME, UNIT)                                                                                             \
    static int NAME(const Text *t, Reading *r) {                                                                     \
        const UNIT *const units = t->units;                                                                          \
        const uint8_t *const codes = t->letters->codes;                                                              \
        const int64_t length = t->length;                                                                            \
        uint8_t *const view = r->view, last = BLANK;                                                                 \
        int64_t at = r->view_length;                                                                                 \
        for (int64_t begin = 0; begin < length; begin += STEP) {                                                     \
            const int64_t stop = begin + STEP < length ? begin + STEP : length;                                      \
            r->steps[begin / STEP] = (int32_t)(2 * at + (last == BLANK));                                            \
            for (int64_t i = begin; i < stop; i++) {                                                                 \
                const uint8_t code = codes[units[i]];                                                                \
                if (UNLIKELY(is_special(code))) {                                                                    \
                    if (code == UNKNOWN) {                                                                           \
                        r->needed = units[i];                                                                        \
                        return NEEDS_CODE;                                                                           \
                    }                                                                                                \
                    if (code == EXPANDED) {                                                                          \
                        r->view_length = at;                                                                         \
                        const int answer = expand(t, r, i, &last);                                                   \
                        if (answer != DONE) return answer;                                                           \
                        at = r->view_length;                                                                         \
                    }                                                                                                \
                    continue;                                                                                        \
                }                                                                                                    \
                view[at] = code;                                                                                     \
                at += (code != BLANK) | (last != BLANK);                                                             \
                last = code;                                                                                         \
            }                                                                                                        \
        }                                                                                                            \
        if (view[at - 1] != BLANK) view[at++] = BLANK;                                                               \
        r->view_length = at;                                                                                         \
        memset(view + at, 0, PADDING - 1);                                                                           \
        return DONE;                                                                                                 \
    }

FOLD(fold_bytes, uint8_t)
FOLD(fold_pairs, uint16_t)
FOLD(fold_quads, uint32_t)

/* --- finding --- */

/* Patterns are keyed by their first word, or by what of it is known: its beginning, its end, or a part. */
typedef struct {
    uint64_t mask;
    uint64_t *hashes;            /* 0: empty */
    int32_t *heads;              /* first pattern with this key */
    uint8_t *filter;             /* a bit for each hash, to answer most questions without the table */
    uint64_t filter_mask;
    int32_t *lengths;            /* distinct lengths of keys, ascending */
    int64_t kinds_of_length;
    int64_t entries;
    uint8_t pairs[8192];         /* a bit for each first (or last) pair of bytes of a key */
} Keys;

enum { WORD_KEYS, PREFIX_KEYS, SUFFIX_KEYS, PART_KEYS, KINDS };

typedef struct {
    uint8_t *bytes;
    int64_t *starts;
    int32_t *next;               /* the next pattern with the same key, -1 at the end */
    Keys keys[KINDS];
} Dictionary;

/* Eight bytes, the first in the lowest place. */
static inline uint64_t eight(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static inline uint64_t load(const uint8_t *p, int64_t length, const uint8_t *end) {
    uint64_t value = 0;
    if (end - p >= 8) {
        value = eight(p);
        return length >= 8 ? value : value & ((1ULL << (8 * length)) - 1);
    }
    for (int64_t i = 0; i < length && i < 8; i++) value |= (uint64_t)p[i] << (8 * i);
    return value;
}

/* A multiplicative hash; equal hashes are compared byte by byte afterwards. Never 0. */
static inline uint64_t hash(const uint8_t *p, int64_t length, const uint8_t *end) {
    uint64_t value = (uint64_t)length * 0xD6E8FEB86659FD93ULL;
    while (length > 8) {
        value = (value ^ load(p, 8, end)) * 0x9FB21C651E98DF25ULL;
        value ^= value >> 32;
        p += 8;
        length -= 8;
    }
    value = (value ^ load(p, length, end)) * 0x9FB21C651E98DF25ULL;
    value ^= value >> 29;
    return value | 1;
}

static inline int has(const uint8_t *bits, uint64_t at) { return bits[at >> 3] >> (at & 7) & 1; }
static inline void set(uint8_t *bits, uint64_t at) { bits[at >> 3] |= (uint8_t)(1 << (at & 7)); }

static inline int32_t head_of(const Keys *keys, uint64_t key) {
    if (!has(keys->filter, key >> 20 & keys->filter_mask)) return -1;
    for (uint64_t slot = key >> 40 & keys->mask;; slot = (slot + 1) & keys->mask) {
        if (keys->hashes[slot] == key) return keys->heads[slot];
        if (!keys->hashes[slot]) return -1;
    }
}

static void key_of(const Dictionary *d, int64_t pattern, int *kind, const uint8_t **key, int64_t *length) {
    const uint8_t *begin = d->bytes + d->starts[pattern], *end = d->bytes + d->starts[pattern + 1];
    int lead = *begin == BLANK;
    const uint8_t *space = memchr(begin + lead, BLANK, (size_t)(end - begin - lead));
    *kind = space ? (lead ? WORD_KEYS : SUFFIX_KEYS) : (lead ? PREFIX_KEYS : PART_KEYS);
    *key = begin + lead;
    *length = (space ? space : end) - *key;
}

/* Notes the pair of bytes by which a key is sought. Of a key of one byte, every pair that begins (or ends) with it. */
static void note_pair(Keys *keys, int kind, const uint8_t *key, int64_t length) {
    if (length >= 2) {
        const uint8_t *pair = kind == SUFFIX_KEYS ? key + length - 2 : key;
        set(keys->pairs, (uint64_t)pair[0] << 8 | pair[1]);
        return;
    }
    for (uint64_t other = 0; other < 256; other++)
        set(keys->pairs, kind == SUFFIX_KEYS ? other << 8 | key[0] : (uint64_t)key[0] << 8 | other);
}

static void note_length(Keys *keys, int64_t length) {
    int64_t at = keys->kinds_of_length;
    for (int64_t i = 0; i < at; i++)
        if (keys->lengths[i] == length) return;
    for (; at > 0 && keys->lengths[at - 1] > length; at--) keys->lengths[at] = keys->lengths[at - 1];
    keys->lengths[at] = (int32_t)length;
    keys->kinds_of_length++;
}

static void add(Dictionary *d, int32_t pattern) {
    int kind;
    const uint8_t *key;
    int64_t length;
    key_of(d, pattern, &kind, &key, &length);
    Keys *keys = &d->keys[kind];
    uint64_t hashed = hash(key, length, key + length);
    set(keys->filter, hashed >> 20 & keys->filter_mask);
    if (kind != WORD_KEYS) {
        note_pair(keys, kind, key, length);
        note_length(keys, length);
    }
    uint64_t slot = hashed >> 40 & keys->mask;
    while (keys->hashes[slot] && keys->hashes[slot] != hashed) slot = (slot + 1) & keys->mask;
    d->next[pattern] = keys->hashes[slot] ? keys->heads[slot] : -1;
    keys->hashes[slot] = hashed;
    keys->heads[slot] = pattern;
}

API void overt_dictionary_free(Dictionary *d) {
    if (!d) return;
    for (int kind = 0; kind < KINDS; kind++) {
        free(d->keys[kind].hashes);
        free(d->keys[kind].heads);
        free(d->keys[kind].filter);
        free(d->keys[kind].lengths);
    }
    free(d->bytes);
    free(d->starts);
    free(d->next);
    free(d);
}

static int make_keys(Keys *keys) {
    uint64_t slots = 8, bits = 64;
    while (slots < (uint64_t)keys->entries * 2) slots *= 2;
    while (bits < (uint64_t)keys->entries * 16) bits *= 2;
    keys->mask = slots - 1;
    keys->filter_mask = bits - 1;
    keys->hashes = calloc(slots, sizeof *keys->hashes);
    keys->heads = calloc(slots, sizeof *keys->heads);
    keys->filter = calloc(bits / 8, 1);
    keys->lengths = calloc((size_t)keys->entries + 1, sizeof *keys->lengths);
    return keys->hashes && keys->heads && keys->filter && keys->lengths;
}

/* Makes a dictionary of non-empty patterns that lie one after the other; `starts` has one more. NULL: no memory. */
API Dictionary *overt_dictionary(const uint8_t *bytes, const int64_t *starts, int64_t count) {
    Dictionary *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    size_t size = (size_t)starts[count];
    d->bytes = malloc(size + 1);
    d->starts = malloc((size_t)(count + 1) * sizeof *d->starts);
    d->next = malloc((size_t)(count + 1) * sizeof *d->next);
    int made = d->bytes && d->starts && d->next;
    if (made) {
        memcpy(d->bytes, bytes, size);
        memcpy(d->starts, starts, (size_t)(count + 1) * sizeof *d->starts);
        for (int64_t i = 0; i < count; i++) {
            int kind;
            const uint8_t *key;
            int64_t length;
            key_of(d, i, &kind, &key, &length);
            d->keys[kind].entries++;
        }
    }
    for (int kind = 0; made && kind < KINDS; kind++) made = make_keys(&d->keys[kind]);
    if (!made) {
        overt_dictionary_free(d);
        return NULL;
    }
    for (int64_t i = 0; i < count; i++) add(d, (int32_t)i);
    return d;
}

typedef struct {
    const Dictionary *dictionary;
    const uint8_t *view, *end;
    int32_t *found;
    int64_t room, count;
} Search;

/* Reports the patterns of one key that really stand at their place. `start`: where the key begins in the view. */
static void report(Search *s, int kind, int32_t pattern, const uint8_t *start) {
    const Dictionary *d = s->dictionary;
    if (kind == WORD_KEYS || kind == PREFIX_KEYS) start--;
    for (; pattern >= 0; pattern = d->next[pattern]) {
        int64_t length = d->starts[pattern + 1] - d->starts[pattern];
        if (s->end - start < length || memcmp(start, d->bytes + d->starts[pattern], (size_t)length)) continue;
        if (s->count < s->room) {
            int32_t *slot = s->found + 3 * s->count;
            slot[0] = (int32_t)(start - s->view);
            slot[1] = (int32_t)(start - s->view + length);
            slot[2] = pattern;
        }
        s->count++;
    }
}

static void look_up(Search *s, int kind, const uint8_t *key, int64_t length) {
    int32_t head = head_of(&s->dictionary->keys[kind], hash(key, length, s->end));
    if (head >= 0) report(s, kind, head, key);
}

/* Looks up the beginnings (or, from the other side, the ends) of a stretch of letters. */
static void partial(Search *s, int kind, const uint8_t *begin, const uint8_t *stop) {
    const Keys *keys = &s->dictionary->keys[kind];
    const uint8_t *pair = kind == SUFFIX_KEYS ? stop - 2 : begin;
    /* A stretch of one letter has a space beside it, which is in the view and no key. */
    uint64_t first = stop - begin > 1 || kind != SUFFIX_KEYS ? pair[0] : BLANK;
    if (!has(keys->pairs, first << 8 | pair[1])) return;
    for (int64_t i = 0; i < keys->kinds_of_length && keys->lengths[i] <= stop - begin; i++) {
        int64_t length = keys->lengths[i];
        look_up(s, kind, kind == SUFFIX_KEYS ? stop - length : begin, length);
    }
}

/* Returns the first blank at or after `p`; the text ends with one. Looks at eight bytes at once: subtracting one from
 * each borrows from the high bit of those that are zero. */
static inline const uint8_t *next_blank(const uint8_t *p, const uint8_t *end) {
    const uint64_t ones = 0x0101010101010101ULL;
    for (; end - p >= 8; p += 8) {
        uint64_t differ = eight(p) ^ ones * BLANK, zero = (differ - ones) & ~differ & ones * 0x80;
        if (zero) return p + lowest(zero) / 8;
    }
    while (*p != BLANK) p++;
    return p;
}

static inline void search_word(Search *s, const uint8_t *begin, const uint8_t *stop) {
    const Keys *keys = s->dictionary->keys;
    if (keys[WORD_KEYS].entries) look_up(s, WORD_KEYS, begin, stop - begin);
    if (keys[PREFIX_KEYS].entries) partial(s, PREFIX_KEYS, begin, stop);
    if (keys[SUFFIX_KEYS].entries) partial(s, SUFFIX_KEYS, begin, stop);
    if (keys[PART_KEYS].entries)
        for (const uint8_t *at = begin; at < stop; at++) partial(s, PART_KEYS, at, stop);
}

/* Finds every place of every pattern in a text that begins and ends with a space. Writes start, end and pattern of the
 * first `room` of them; returns how many there are. */
API int64_t overt_find(const Dictionary *d, const uint8_t *view, int64_t length, int32_t *found, int64_t room) {
    if (length < 2 || view[0] != BLANK || view[length - 1] != BLANK) return 0;
    Search s = {d, view, view + length, found, room, 0};
    for (const uint8_t *word = view + 1; word < s.end;) {
        const uint8_t *stop = next_blank(word, s.end);
        if (stop > word) search_word(&s, word, stop);
        word = stop + 1;
    }
    return s.count;
}

/* --- places worth a second look --- */

/* Each of these answers for sixteen neighbours at once: a bit for each that is meant. */
#if defined(__SSE2__)
#define VECTOR(at) _mm_loadu_si128((const __m128i *)(at))
#define BITS(vector) (uint32_t)_mm_movemask_epi8(vector)

static __m128i letters_in(__m128i codes) { return _mm_cmpeq_epi8(_mm_max_epu8(codes, _mm_set1_epi8('a')), codes); }

static uint32_t pairs_of(const uint8_t *classes) {
    __m128i ends = _mm_and_si128(_mm_srli_epi16(VECTOR(classes), 4), _mm_set1_epi8(15));
    return ~BITS(_mm_cmpeq_epi8(_mm_and_si128(VECTOR(classes - 1), ends), _mm_setzero_si128())) & 0xFFFF;
}

static uint32_t doubles_of(const uint8_t *view) {
    __m128i codes = VECTOR(view);
    return BITS(_mm_and_si128(_mm_cmpeq_epi8(codes, VECTOR(view - 1)), letters_in(codes)));
}

static uint32_t singles_of(const uint8_t *view) {
    __m128i blank = _mm_set1_epi8(BLANK), around = _mm_or_si128(_mm_xor_si128(VECTOR(view - 1), blank),
                                                              _mm_xor_si128(VECTOR(view + 1), blank));
    return BITS(_mm_and_si128(_mm_cmpeq_epi8(around, _mm_setzero_si128()), letters_in(VECTOR(view))));
}
#else
#define ANSWER(condition)                                           \
    uint32_t bits = 0;                                              \
    for (int i = 0; i < 16; i++) bits |= (uint32_t)(condition) << i; \
    return bits;

static uint32_t pairs_of(const uint8_t *c) { ANSWER((c[i - 1] & (c[i] >> 4)) != 0) }
static uint32_t doubles_of(const uint8_t *v) { ANSWER((v[i] == v[i - 1]) & (v[i] >= FIRST_LETTER)) }
static uint32_t singles_of(const uint8_t *v) {
    ANSWER((v[i - 1] == BLANK) & (v[i + 1] == BLANK) & (v[i] >= FIRST_LETTER))
}
#endif

static int mark(Reading *r, int32_t kind, int64_t start, int64_t end) {
    if (r->marks_found == r->mark_room) return 0;
    int32_t *slot = r->marks + 3 * r->marks_found++;
    slot[0] = kind;
    slot[1] = (int32_t)start;
    slot[2] = (int32_t)end;
    return 1;
}

/* What the readings of a token are looked up in, so that those that hold nothing need no closer look. */
typedef struct {
    const Dictionary *texts;     /* all patterns of the set */
    const Dictionary *words;     /* words of phrases, between spaces */
    const Dictionary *squeezed;  /* words with each run of letters as one, between spaces */
    const uint8_t *readings[2];  /* digits and signs as letters, in two ways (views/leet.py) */
    const uint8_t *punctuation;  /* 256: signs that at the edge of a token may be just what they are */
    int32_t leet, camel;         /* which views are on */
} Filter;

static int stands(const Filter *f, uint8_t *reading, int64_t length) {
    reading[0] = reading[length + 1] = BLANK;
    return overt_find(f->texts, reading, length + 2, NULL, 0) || overt_find(f->words, reading, length + 2, NULL, 0);
}

static inline int is_capital(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static inline int is_small(uint8_t c) { return c >= 'a' && c <= 'z'; }

/* The words that capitals show, in small letters with spaces between. */
static int holds_camel(const Filter *f, const uint8_t *token, int64_t length) {
    uint8_t reading[2 * LONGEST_SUSPECT + 2];
    int64_t at = 1;
    for (int64_t i = 0; i < length; i++) {
        int joint = i > 0 && is_capital(token[i]) &&
                    (is_small(token[i - 1]) || (is_capital(token[i - 1]) && i + 1 < length && is_small(token[i + 1])));
        if (joint) reading[at++] = BLANK;
        reading[at++] = is_capital(token[i]) ? (uint8_t)(token[i] + 32) : token[i];
    }
    return stands(f, reading, at - 1);
}

static int holds_leet(const Filter *f, const uint8_t *token, int64_t length) {
    uint8_t reading[LONGEST_SUSPECT + 2];
    int64_t first = 0, last = length;
    while (first < last && f->punctuation[token[first]]) first++;
    while (last > first && f->punctuation[token[last - 1]]) last--;
    for (int way = 0; way < 2; way++) {
        for (int64_t i = 0; i < length; i++) reading[1 + i] = f->readings[way][token[i]];
        if (stands(f, reading, length)) return 1;
        for (int64_t i = first; i < last; i++) reading[1 + i - first] = f->readings[way][token[i]];
        if (last - first < length && stands(f, reading, last - first)) return 1;
    }
    return 0;
}

/* Tells whether a suspicious token may hold anything. Letters beyond ASCII are always worth a look. */
static int promises(const Filter *f, const uint8_t *token, int64_t length) {
    int letters = 1;
    for (int64_t i = 0; i < length; i++) {
        if (token[i] >= 128 || token[i] == LETTER) return 1;
        letters &= is_capital(token[i]) | is_small(token[i]);
    }
    return letters ? f->camel && holds_camel(f, token, length) : f->leet && holds_leet(f, token, length);
}

/* Tells whether some word of the set is this one with its runs of letters shortened. */
static int promises_squeezed(const Filter *f, const uint8_t *word, int64_t length) {
    uint8_t reading[LONGEST_SUSPECT + 2];
    int64_t at = 1;
    if (length > LONGEST_SUSPECT) return 0;
    for (int64_t i = 0; i < length; i++)
        if (i == 0 || word[i] != word[i - 1]) reading[at++] = word[i];
    reading[0] = reading[at] = BLANK;
    return overt_find(f->squeezed, reading, at + 1, NULL, 0) != 0;
}

/* Makes one byte of each character, a step at a time: most steps have none outside Latin-1. */
#define NARROW_DOWN(NAME, UNIT)                                                                                      \
    static void NAME(const Text *t, uint8_t *raw) {                                                                  \
        const UNIT *units = t->units;                                                                                \
        for (int64_t begin = 0; begin < t->length; begin += STEP) {                                                  \
            const int64_t stop = begin + STEP < t->length ? begin + STEP : t->length;                                \
            UNIT all = 0;                                                                                            \
            for (int64_t i = begin; i < stop; i++) {                                                                 \
                raw[i] = (uint8_t)units[i];                                                                          \
                all |= units[i];                                                                                     \
            }                                                                                                        \
            if (all < NARROW) continue;                                                                              \
            for (int64_t i = begin; i < stop; i++)                                                                   \
                if (units[i] >= NARROW) raw[i] = is_letter(t->letters->codes[units[i]]) ? LETTER : 0;                \
        }                                                                                                            \
    }

NARROW_DOWN(narrow_pairs, uint16_t)
NARROW_DOWN(narrow_quads, uint32_t)

/* One byte a character, between zeros, so that neighbours can always be asked. */
static void narrow(const Text *t, Reading *r) {
    uint8_t *raw = r->raw + PADDING;
    memset(raw - PADDING, 0, PADDING);
    memset(raw + t->length, 0, PADDING);
    if (t->width == 1) memcpy(raw, t->units, (size_t)t->length);
    else if (t->width == 2) narrow_pairs(t, raw);
    else narrow_quads(t, raw);
}

static void classify(const Text *t, Reading *r) {
    const uint8_t *raw = r->raw, *table = t->letters->classes;
    uint8_t *classes = r->classes;
    for (int64_t i = 0; i < t->length + 2 * PADDING; i++) classes[i] = table[raw[i]];
}

/* Marks the tokens that hold a suspicious pair of neighbours. */
static int find_suspects(const Text *t, const Filter *f, Reading *r) {
    const uint8_t *classes = r->classes + PADDING, *raw = r->raw + PADDING;
    int64_t done = 0;
    for (int64_t begin = 0; begin < t->length; begin += 16) {
        for (uint32_t bits = pairs_of(classes + begin); bits; bits &= bits - 1) {
            int64_t at = begin + lowest(bits), start = at, end = at;
            if (at < done) continue;
            while (classes[start - 1]) start--;
            while (classes[end]) end++;
            done = end;
            int chosen = end - start <= LONGEST_SUSPECT && promises(f, raw + start, end - start);
            if (chosen && !mark(r, SUSPECT, start, end)) return 0;
        }
    }
    return 1;
}

/* Marks the words wholly in another script beside a Latin word, or alone: perhaps a Latin word in disguise. */
static int find_foreign(const Text *t, Reading *r) {
    const uint8_t *raw = r->raw + PADDING, *classes = r->classes + PADDING, *end = raw + t->length, *at = raw;
    while ((at = memchr(at, LETTER, (size_t)(end - at)))) {
        int64_t start = at - raw, stop = start;
        while (raw[stop] == LETTER) stop++;
        at = raw + stop;
        if (classes[start - 1] || classes[stop] || stop - start > LONGEST_SUSPECT) continue;
        if (start == 0 && stop == t->length && !mark(r, ALONE, start, stop)) return 0;
        int beside = (classes[start - 2] | classes[stop + 1]) & LATIN;
        if (beside && !mark(r, FOREIGN, start, stop)) return 0;
    }
    return 1;
}

/* Marks the signs after a letter and before another or a sign. */
static int find_signs(const Text *t, Reading *r) {
    const uint8_t *raw = r->raw + PADDING, *kinds = t->letters->mask_kinds;
    for (int64_t sign = 0; sign < t->letters->signs_count; sign++) {
        const uint8_t *at = raw, *end = raw + t->length;
        while ((at = memchr(at, t->letters->signs[sign], (size_t)(end - at)))) {
            int inside = kinds[at[-1]] == MASK_LETTER && kinds[at[1]];
            if (inside && !mark(r, SIGN, at - raw, at - raw + 1)) return 0;
            at++;
        }
    }
    return 1;
}

/* Marks the words with three equal letters, a doubled first letter, or an odd double. */
static int find_repeated(const Text *t, const Filter *f, Reading *r) {
    const uint8_t *view = r->view, *odd = t->letters->odd_doubles;
    int64_t done = 0;
    for (int64_t begin = 1; begin < r->view_length; begin += 16) {
        for (uint32_t bits = doubles_of(view + begin); bits; bits &= bits - 1) {
            int64_t at = begin + lowest(bits), start = at, end = at;
            uint8_t code = view[at], before = view[at - 2 < 0 ? 0 : at - 2];
            if (at < done || !(odd[code] || before == code || before == BLANK)) continue;
            while (view[start - 1] != BLANK) start--;
            while (view[end] != BLANK) end++;
            done = end;
            if (promises_squeezed(f, view + start, end - start) && !mark(r, REPEATED, start, end)) return 0;
        }
    }
    return 1;
}

/* Marks the runs of three or more single letters. */
static int find_runs(Reading *r) {
    int64_t first = 0, last = -1;
    for (int64_t begin = 1; begin < r->view_length; begin += 16) {
        for (uint32_t bits = singles_of(r->view + begin); bits; bits &= bits - 1) {
            int64_t at = begin + lowest(bits);
            if (at == last + 2 && last > 0) {
                last = at;
                continue;
            }
            if (last - first >= 2 * (SHORTEST_RUN - 1) && !mark(r, SPACED, first, last)) return 0;
            first = last = at;
        }
    }
    return last - first < 2 * (SHORTEST_RUN - 1) || mark(r, SPACED, first, last);
}

static int find_marks(const Text *t, const Filter *f, Reading *r) {
    narrow(t, r);
    classify(t, r);
    return find_suspects(t, f, r) && find_foreign(t, r) && find_signs(t, r) && find_repeated(t, f, r) && find_runs(r);
}

/* Folds a text and, with a filter, marks what views read again. */
API int64_t overt_fold(const Letters *letters, const void *units, int64_t length, int64_t width, Reading *r,
                       const Filter *filter) {
    Text text = {letters, units, length, width};
    r->view_length = r->marks_found = 0;
    if (r->view_room < length + 2 * PADDING || r->step_room < length / STEP + 1) return NEEDS_ROOM;
    if (r->raw_room < length + 2 * PADDING) return NEEDS_ROOM;
    r->view[r->view_length++] = BLANK;
    int answer = width == 1 ? fold_bytes(&text, r) : width == 2 ? fold_pairs(&text, r) : fold_quads(&text, r);
    if (answer != DONE || !filter) return answer;
    return find_marks(&text, filter, r) ? DONE : NEEDS_ROOM;
}

/* --- places in the original --- */

/* Returns the character that a byte of the view came from: found from the step before it by folding again. */
static int32_t origin(const Text *t, const Reading *r, int32_t place) {
    int64_t low = 0, high = (t->length + STEP - 1) / STEP;
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        if (r->steps[middle] / 2 <= place) low = middle;
        else high = middle;
    }
    int64_t length = r->steps[low] / 2, at = low * STEP;
    int blank = r->steps[low] & 1;
    for (; at < t->length; at++) {
        uint32_t point = point_at(t, at);
        uint8_t code = t->letters->codes[point];
        const uint8_t *bytes = &code, *end = bytes + (code != DELETED);
        if (code == EXPANDED) {
            int64_t which = expansion_of(t->letters, point);
            bytes = t->letters->expansions + t->letters->starts[which];
            end = t->letters->expansions + t->letters->starts[which + 1];
        }
        for (; bytes < end; bytes++) {
            if (*bytes == BLANK && blank) continue;
            if (length++ == place) return (int32_t)at;
            blank = *bytes == BLANK;
        }
    }
    return (int32_t)t->length - 1;
}

API void overt_origins(const Letters *letters, const void *units, int64_t length, int64_t width, const Reading *r,
                       int32_t *places, int64_t count) {
    Text text = {letters, units, length, width};
    for (int64_t i = 0; i < count; i++) places[i] = origin(&text, r, places[i]);
}

static uint8_t edge(const Text *t, int64_t at) {
    uint32_t point = point_at(t, at);
    if (point < NARROW) return t->letters->edges[point];
    return is_letter(t->letters->codes[point]) ? SETTLED : 0;
}

static int is_clear(const Text *t, int64_t start, int64_t end) {
    if (start < 2) return 0;
    uint8_t before = edge(t, start - 2), beside = edge(t, start - 1);
    if (beside & WHITE) {
        for (int64_t i = start - 3; before & WHITE && i >= 0 && start - i < INDENTED; i--) before = edge(t, i);
        if (!(before & SETTLED)) return 0;
    } else if (!(beside & OPENING && before & WHITE)) {
        return 0;
    }
    if (end >= t->length) return 1;
    uint8_t after = edge(t, end);
    if (after & WHITE) return 1;
    return after & CLOSING && (end + 1 >= t->length || edge(t, end + 1) & WHITE);
}

/* Turns matches (start and end in the view, pattern) into start and end in the text, pattern, and whether it stands
 * clear. `matches` has three numbers a match, `placed` four. */
API void overt_place(const Letters *letters, const void *units, int64_t length, int64_t width, const Reading *r,
                     const int32_t *matches, int64_t count, const uint8_t *leads, const uint8_t *trails,
                     int32_t *placed) {
    Text text = {letters, units, length, width};
    for (int64_t i = 0; i < count; i++, matches += 3, placed += 4) {
        int32_t pattern = matches[2];
        placed[0] = origin(&text, r, matches[0] + leads[pattern]);
        placed[1] = origin(&text, r, matches[1] - trails[pattern] - 1) + 1;
        placed[2] = pattern;
        placed[3] = is_clear(&text, placed[0], placed[1]);
    }
}
