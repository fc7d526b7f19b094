#include "text/corpus_read.h"

#include "text/corpus_data.h"

#include <assert.h>

/* The last file that begins at or before `position`; an empty file begins where the next does. */
static const struct source *find_source(const struct corpus *corpus, size_t position) {
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
    return &corpus->sources[low];
}

/* The offset `count` symbols behind `offset`, or `end` if a file that changed has fewer. */
static size_t skip_symbols(const struct corpus *corpus, const unsigned char *data, size_t offset,
                           size_t end, size_t count) {
    while (count > 0 && offset < end) {
        if (!corpus->join_newlines && count >= CHARNN_UTF8_WORD &&
            end - offset >= CHARNN_UTF8_WORD && utf8_word_is_ascii(data + offset)) {
            offset += CHARNN_UTF8_WORD;
            count -= CHARNN_UTF8_WORD;
            continue;
        }
        uint32_t code;
        offset += symbol_decode_joined(corpus->encoding, corpus->join_newlines, data + offset,
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
    *cursor = (struct corpus_cursor){corpus_record_at(corpus, position), SIZE_MAX};
    const struct record *record = record_index_at(corpus->records, cursor->source);
    if (position > record->first) {
        cursor->offset = skip_symbols(corpus, corpus->sources[record->source].bytes.data,
                                      record->begin, record->end, position - record->first - 1);
    }
}

void corpus_seek(const struct corpus *corpus, size_t position, struct corpus_cursor *cursor) {
    assert(position <= corpus->length);
    if (corpus->records != NULL) {
        seek_record(corpus, position, cursor);
        return;
    }
    const struct source *source = find_source(corpus, position);
    size_t local = position - source->first;
    cursor->source = (size_t)(source - corpus->sources);
    if (local == source->symbols) {
        cursor->offset = source->bytes.size;
    } else if (source->marks == NULL) {
        cursor->offset = local;
    } else {
        cursor->offset =
            skip_symbols(corpus, source->bytes.data, source->marks[local / MARK_INTERVAL],
                         source->bytes.size, local % MARK_INTERVAL);
    }
}

/* Reads up to `count` symbols of data[*offset, end) and moves *offset behind them. */
static size_t read_bytes(const struct corpus *corpus, const unsigned char *data, size_t *offset,
                         size_t end, const struct vocab *vocab, size_t count, int32_t *ids) {
    const enum encoding encoding = corpus->encoding;
    const bool join_newlines = corpus->join_newlines;
    size_t at = *offset;
    size_t done = 0;
    while (done < count && at < end) {
        uint32_t code;
        at += symbol_decode_joined(encoding, join_newlines, data + at, end - at, &code);
        ids[done++] = vocab_find(vocab, code);
    }
    *offset = at;
    return done;
}

/* `learned` may be NULL. */
static size_t read_records(const struct corpus *corpus, struct corpus_cursor *cursor,
                           const struct vocab *vocab, size_t count, int32_t *ids, bool *learned) {
    size_t done = 0;
    size_t records = corpus_records(corpus);
    while (done < count && cursor->source <= records) {
        const struct record *record = record_index_at(corpus->records, cursor->source);
        bool answer = true;
        size_t read = 1;
        if (cursor->offset == SIZE_MAX) {
            ids[done] = vocab_end(vocab);
            cursor->offset = record->begin;
        } else {
            answer = cursor->offset >= record->answer;
            read =
                read_bytes(corpus, corpus->sources[record->source].bytes.data, &cursor->offset,
                           answer ? record->end : record->answer, vocab, count - done, ids + done);
        }
        for (size_t i = done; learned != NULL && i < done + read; i++) {
            learned[i] = answer;
        }
        done += read;
        if (cursor->offset == record->end) { /* the last end symbol has an empty record */
            *cursor = (struct corpus_cursor){cursor->source + 1, SIZE_MAX};
        }
    }
    return done;
}

size_t corpus_read_learned(const struct corpus *corpus, struct corpus_cursor *cursor,
                           const struct vocab *vocab, size_t count, int32_t *ids, bool *learned) {
    if (corpus->records != NULL) {
        return read_records(corpus, cursor, vocab, count, ids, learned);
    }
    size_t read = corpus_read(corpus, cursor, vocab, count, ids);
    for (size_t i = 0; i < read; i++) {
        learned[i] = true;
    }
    return read;
}

size_t corpus_read(const struct corpus *corpus, struct corpus_cursor *cursor,
                   const struct vocab *vocab, size_t count, int32_t *ids) {
    if (corpus->records != NULL) {
        return read_records(corpus, cursor, vocab, count, ids, NULL);
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

enum status corpus_changed(struct error *error) {
    return error_set(error, CHARNN_ERROR_DATA,
                     "another program changed the text while it was read; run the command again");
}
