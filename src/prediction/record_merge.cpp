#include "prediction/record_merge.h"

#include <utility>

namespace quoin {
namespace {

Status unless_gone(const Error& error) { return error.kind == ErrorKind::not_found ? Status{} : Status(tl::unexpected(error)); }

}  // namespace

RecordMerge::RecordMerge(RecordRange range)
    : range_(std::move(range)), tag_(range_.model.empty() ? ~std::uint64_t{0} : tag_of_model(range_.model)) {}

TimeRange RecordMerge::times() const { return {range_.from, EventTime{range_.to.value() - 1}}; }

bool RecordMerge::ComesLater::operator()(const Item& left, const Item& right) const {
    if (left.time != right.time) return left.time > right.time;
    if (left.what.index() != right.what.index()) return left.what.index() > right.what.index();
    const auto* record = std::get_if<Record>(&left.what);
    return record && record->record.id > std::get<Record>(right.what).record.id;
}

Status RecordMerge::add_file(const std::filesystem::path& file) {
    auto about = describe_time_blocks(file);
    if (!about) return unless_gone(about.error());
    if (about->items > 0 && about->times.overlaps(times())) items_.push({about->times.first, file});
    return {};
}

void RecordMerge::add_block(const std::filesystem::path& file, const TimeBlock& block) {
    if ((block.tags & tag_) != 0 && block.times.overlaps(times())) items_.push({block.times.first, Block{file, block}});
}

Status RecordMerge::add_records(std::shared_ptr<const void> holder, std::string_view bytes) {
    return for_each_record(bytes, [&](const PredictionRecordView& record) {
        bool is_asked_for = record.asked_at >= range_.from && record.asked_at < range_.to;
        if (is_asked_for && (range_.model.empty() || record.model == range_.model)) items_.push({record.asked_at, Record{holder, record}});
        return true;
    });
}

Status RecordMerge::open_file(const std::filesystem::path& file) {
    auto blocks = find_time_blocks(file, times());
    if (!blocks) return unless_gone(blocks.error());
    for (const auto& block : *blocks) add_block(file, block);
    return {};
}

Status RecordMerge::open_block(const Block& block) {
    auto bytes = read_time_block(block.file, block.block);
    if (!bytes) return unless_gone(bytes.error());
    auto holder = std::make_shared<const std::string>(std::move(*bytes));
    auto added = add_records(holder, *holder);
    if (added) return {};
    return fail(ErrorKind::corrupt, "'{}', block at byte {}: {}", block.file.string(), block.block.place, added.error().message);
}

Status RecordMerge::run(const RecordVisit& visit) {
    std::pair<EventTime, std::string> last;
    while (!items_.empty()) {
        auto item = items_.top();
        items_.pop();
        if (const auto* file = std::get_if<std::filesystem::path>(&item.what)) {
            TRY_VOID(open_file(*file));
        } else if (const auto* block = std::get_if<Block>(&item.what)) {
            TRY_VOID(open_block(*block));
        } else {
            const auto& record = std::get<Record>(item.what).record;
            if (last.first == record.asked_at && last.second == record.id) continue;
            last = {record.asked_at, std::string(record.id)};
            TRY(goes_on, visit(record));
            if (!goes_on) return {};
        }
    }
    return {};
}

}  // namespace quoin
