/* Corpora: reading. */
#include "text/corpus.h"
#include "text/corpus_internal.h"

#include <assert.h>

/* The last file that begins at or before `position`; empty files begin where the next one does. */
static size_t find_source(const struct corpus *corpus, size_t position) {
    size_t low = 0;
    size_t high = corpus->source_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (corpus->sources[middle].first <= position) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The offset `count` symbols behind `offset` in the bytes before `end`, or that, where a file that
 * was changed since has no longer so many. */
static size_t skip_symbols(const struct corpus_format *format, const unsigned char *data,
                           size_t offset, size_t end, size_t count) {
    while (count > 0 && offset < end) {
        if (!format->unix_newlines && count >= CHARNN_SYMBOL_WORD &&
            end - offset >= CHARNN_SYMBOL_WORD && symbol_word_is_ascii(data + offset)) {
            offset += CHARNN_SYMBOL_WORD;
            count -= CHARNN_SYMBOL_WORD;
            continue;
        }
        uint32_t code;
        offset += symbol_decode_joined(format->encoding, format->unix_newlines, data + offset,
                                       end - offset, &code);
        count--;
    }
    return offset;
}

static void seek_record(const struct corpus *corpus, size_t position,
                        struct corpus_cursor *cursor) {
    if (position == corpus->length) {
        *cursor = (struct corpus_cursor){corpus_records(corpus) + 1, SIZE_MAX};
        return;
    }
    *cursor = (struct corpus_cursor){record_index_find(corpus->records, position), SIZE_MAX};
    const struct record *record = record_index_at(corpus->records, cursor->source);
    if (position > record->first) {
        cursor->offset = skip_symbols(&corpus->format, corpus->sources[record->source].bytes.data,
                                      record->begin, record->end, position - record->first - 1);
    }
}

void corpus_seek(const struct corpus *corpus, size_t position, struct corpus_cursor *cursor) {
    assert(position <= corpus->length);
    if (corpus->records != NULL) {
        seek_record(corpus, position, cursor);
        return;
    }
    cursor->source = find_source(corpus, position);
    const struct source *source = &corpus->sources[cursor->source];
    size_t local = position - source->first;
    if (local == source->symbols) {
        cursor->offset = source->bytes.size;
    } else if (source->marks == NULL) {
        cursor->offset = local;
    } else {
        cursor->offset =
            skip_symbols(&corpus->format, source->bytes.data, source->marks[local / MARK_INTERVAL],
                         source->bytes.size, local % MARK_INTERVAL);
    }
}

/* Reads up to `count` symbols from *from on, of the bytes before `end`, and moves behind them. */
static size_t read_bytes(const struct corpus *corpus, const unsigned char *data, size_t *from,
                         size_t end, const struct vocab *vocab, size_t count, int32_t *ids) {
    const struct corpus_format format = corpus->format;
    size_t offset = *from;
    size_t done = 0;
    while (done < count && offset < end) {
        uint32_t code;
        offset += symbol_decode_joined(format.encoding, format.unix_newlines, data + offset,
                                       end - offset, &code);
        ids[done++] = vocab_find(vocab, code);
    }
    *from = offset;
    return done;
}

static size_t read_records(const struct corpus *corpus, struct corpus_cursor *cursor,
                           const struct vocab *vocab, size_t count, int32_t *ids) {
    size_t done = 0;
    size_t records = corpus_records(corpus);
    while (done < count && cursor->source <= records) {
        const struct record *record = record_index_at(corpus->records, cursor->source);
        if (cursor->offset == SIZE_MAX) {
            ids[done++] = vocab_end(vocab);
            cursor->offset = record->begin;
        } else {
            done += read_bytes(corpus, corpus->sources[record->source].bytes.data, &cursor->offset,
                               record->end, vocab, count - done, ids + done);
        }
        if (cursor->offset == record->end) { /* at once for the end after all records */
            *cursor = (struct corpus_cursor){cursor->source + 1, SIZE_MAX};
        }
    }
    return done;
}

size_t corpus_read(const struct corpus *corpus, struct corpus_cursor *cursor,
                   const struct vocab *vocab, size_t count, int32_t *ids) {
    if (corpus->records != NULL) {
        return read_records(corpus, cursor, vocab, count, ids);
    }
    size_t done = 0;
    while (done < count) {
        const struct file_bytes *bytes = &corpus->sources[cursor->source].bytes;
        done += read_bytes(corpus, bytes->data, &cursor->offset, bytes->size, vocab, count - done,
                           ids + done);
        if (cursor->offset == bytes->size) {
            if (cursor->source + 1 == corpus->source_count) {
                break;
            }
            cursor->source++;
            cursor->offset = corpus->sources[cursor->source].start;
        }
    }
    return done;
}
