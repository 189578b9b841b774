#include "models/reference_rows_file.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace quoin {

namespace json = boost::json;

std::vector<std::byte> ids_bytes(const std::vector<std::string>& ids) {
    json::array array;
    for (const auto& id : ids) array.emplace_back(id);
    return bytes_of(json_text(array));
}

Result<ReferenceRows> read_reference(const BundleView& bundle, std::size_t columns) {
    ReferenceRows rows;
    TRY(ids_text, section(bundle, "reference/ids"));
    TRY(raw_bytes, section(bundle, "reference/raw"));
    TRY(labels_bytes, section(bundle, "reference/labels"));
    TRY(days_bytes, section(bundle, "reference/days"));
    TRY(ids, parse_json(text_of(ids_text), {.bytes_max = 1u << 30}));
    if (!ids.is_array()) return fail(ErrorKind::corrupt, "the ids of the reference rows are not a list");
    for (const auto& id : ids.get_array()) {
        if (!id.is_string()) return fail(ErrorKind::corrupt, "an id of the reference rows is not text");
        rows.ids.emplace_back(id.get_string());
    }
    TRY(raw, doubles_of(raw_bytes));
    TRY(labels, doubles_of(labels_bytes));
    TRY(days, doubles_of(days_bytes));
    std::size_t count = rows.ids.size();
    if (raw.size() != count * columns || labels.size() != count || days.size() != count)
        return fail(ErrorKind::corrupt, "the reference rows of the model do not have one length");
    rows.raw = Matrix(count, columns);
    for (std::size_t i = 0; i < count; ++i)
        std::copy_n(raw.begin() + static_cast<std::ptrdiff_t>(i * columns), columns, rows.raw.row(i).begin());
    rows.labels = std::move(labels);
    rows.days = std::move(days);
    return rows;
}

}  // namespace quoin
