#include "events/lake_part.h"

#include <span>

#include "base/digest.h"
#include "store/blobs.h"
#include "table/read.h"
#include "table/table_collector.h"
#include "table/value_text.h"
#include "table/write.h"

namespace quoin {
namespace {

/// A file that is gone with the object.
class ScratchFile {
public:
    explicit ScratchFile(const std::filesystem::path& folder) : path_(folder / fmt::format("{}.parquet", random_hex_id())) {}
    ~ScratchFile() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// Bytes that are no UTF-8, which Parquet does not take, become U+FFFD: nothing may keep the lake from going on.
std::string as_utf8(std::string_view text) {
    std::string out;
    for (;;) {
        auto good = utf8_length(text);
        out.append(text.substr(0, good));
        if (good == text.size()) return out;
        out += "\xEF\xBF\xBD";
        text.remove_prefix(good + 1);
    }
}

/// A text column by dictionary; an empty text is missing.
class TextColumn {
public:
    void append(std::string_view text) {
        if (text.empty()) {
            codes_.push_back(Categories::missing);
        } else if (utf8_length(text) == text.size()) {
            codes_.push_back(dictionary_.code_of(text));
        } else {
            codes_.push_back(dictionary_.code_of(as_utf8(text)));
        }
    }
    Column release(std::string name) { return {std::move(name), Categories{std::move(codes_), dictionary_.release_levels()}}; }

private:
    Dictionary dictionary_;
    std::vector<std::int32_t> codes_;
};

Result<Table> table_of(const std::vector<Event>& events) {
    Numbers sequences, history;
    Times known, times;
    TextColumn types, sources, ids, subjects, data;
    for (const auto& event : events) {
        sequences.push_back(static_cast<double>(event.sequence));  // exact below 2^53
        known.push_back(event.known);
        times.push_back(event.time);
        types.append(event.type);
        sources.append(event.source);
        ids.append(event.id);
        subjects.append(event.subject);
        history.push_back(event.is_history ? 1 : 0);
        data.append(event.data);
    }
    std::vector<Column> columns;
    columns.push_back({"sequence", std::move(sequences)});
    columns.push_back({"known", std::move(known)});
    columns.push_back({"time", std::move(times)});
    columns.push_back(types.release("type"));
    columns.push_back(sources.release("source"));
    columns.push_back(ids.release("id"));
    columns.push_back(subjects.release("subject"));
    columns.push_back({"is_history", std::move(history)});
    columns.push_back(data.release("data"));
    return Table::make(std::move(columns));
}

}  // namespace

Result<std::string> lake_part_bytes(const std::vector<Event>& events, const std::filesystem::path& scratch) {
    TRY(table, table_of(events));
    ScratchFile file(scratch);
    TRY_VOID(write_table(table, file.path()));
    TRY(mapped, MappedFile::open(file.path()));
    return std::string(mapped.text());
}

Result<std::vector<std::uint64_t>> lake_part_sequences(std::string_view bytes, const std::filesystem::path& scratch) {
    ScratchFile file(scratch);
    TRY_VOID(write_file_atomically(file.path(), std::as_bytes(std::span(bytes))));
    auto table = read_table(file.path(), {.columns = {{"sequence", ColumnKind::number}}});
    const auto* column = table ? table->find("sequence") : nullptr;
    if (column == nullptr)
        return fail(ErrorKind::corrupt, "it is no Parquet file of the lake: {}",
                    table ? "it has no column 'sequence'" : table.error().message);
    std::vector<std::uint64_t> sequences;
    for (double number : column->numbers()) {
        if (!(number >= 1 && number < 9007199254740992.0)) return fail(ErrorKind::corrupt, "it has a sequence that is none");
        sequences.push_back(static_cast<std::uint64_t>(number));
    }
    return sequences;
}

}  // namespace quoin
