#include "features/state_record.h"

#include <algorithm>
#include <cstring>

#include "base/digest.h"
#include "features/state_packing.h"
#include "store/crc32c.h"
#include "store/ordered_key.h"

namespace quoin {
namespace {

constexpr std::string_view mark = "QFS1";
constexpr std::size_t digest_bytes = 32, checksum_bytes = 4;
constexpr std::uint64_t sign = std::uint64_t{1} << 63;
constexpr std::int64_t time_max = std::int64_t{1} << 60;  ///< 36,500 years; differences of such times do not overflow

template <class Number>
void append_number(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}
template <class Number>
bool take_number(std::string_view& bytes, Number& number) {
    if (bytes.size() < sizeof number) return false;
    std::memcpy(&number, bytes.data(), sizeof number);
    bytes.remove_prefix(sizeof number);
    return true;
}
bool take_block(std::string_view& bytes, std::string_view& block) {
    std::uint32_t size = 0;
    if (!take_number(bytes, size) || bytes.size() < size) return false;
    block = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return true;
}

int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

/// The checksum covers the key too, so that a record is never taken for another entity's, or another tenant's.
std::uint32_t checksum(const StateKey& key, std::string_view record) {
    std::string whose;
    for (auto part : {key.view, key.tenant, key.id}) whose.append(part).append(1, '\x1f');
    return crc32c(record) ^ crc32c(whose);
}

tl::unexpected<Error> damaged(const StateKey& key, std::string_view what) {
    return fail(ErrorKind::corrupt, "the shared state of '{}' in view '{}' {}", key.id.substr(0, 80), key.view, what);
}

bool is_far(std::int64_t time) { return time != EventTime::missing().value() && (time > time_max || time < -time_max); }

}  // namespace

std::string version_bytes(const StateVersion& version) {
    return ordered_key(version.sequence) + ordered_key(static_cast<std::uint64_t>(version.advanced.value()) ^ sign);
}

StateVersion version_of(std::string_view record) {
    if (record.size() < StateCodec::version_size) return {};
    return {.sequence = number_of_key(record.substr(0, 8)),
            .advanced = EventTime{static_cast<std::int64_t>(number_of_key(record.substr(8, 8)) ^ sign)}};
}

StateCodec::StateCodec(std::shared_ptr<const FeatureView> view, std::string computation)
    : view_(std::move(view)), computation_(std::move(computation)), text_places_(view_->components().size(), TextPlace::none) {
    for (const CompiledFeature& feature : view_->features()) {
        if (feature.transform == nullptr || !feature.transform->gives_value_kind) continue;
        const FeatureComponent& component = view_->components()[feature.components[0]];
        if (component.value_kind != FieldKind::text) continue;
        text_places_[feature.components[0]] = component.kind == CellKind::keyed    ? TextPlace::key
                                              : component.kind == CellKind::recent ? TextPlace::a
                                                                                   : TextPlace::b;
    }
}

std::uint64_t StateCodec::text_of(const Cell& cell) const {
    switch (text_places_[cell.component]) {
        case TextPlace::none: return 0;
        case TextPlace::key: return cell.key;
        case TextPlace::a: return static_cast<std::uint64_t>(cell.a);
        case TextPlace::b: return static_cast<std::uint64_t>(cell.b);
    }
    return 0;
}

std::vector<std::uint64_t> StateCodec::text_ids(const EntityState& state) const {
    std::vector<std::uint64_t> ids;
    for (const Cell& cell : state.cells())
        if (auto id = text_of(cell); id != 0) ids.push_back(id);
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    return ids;
}

void StateCodec::encode(const StateKey& key, const Versioned& entity, const TextTable& texts, std::string& out) const {
    std::size_t start = out.size();
    out.append(version_bytes(entity.version)).append(mark);
    for (std::size_t i = 0; i < 2 * digest_bytes; i += 2)
        out.push_back(static_cast<char>(digit(computation_[i]) << 4 | digit(computation_[i + 1])));
    std::size_t size_place = out.size();
    append_number(out, std::uint32_t{0});
    append_packed(entity.state, out);
    auto size = static_cast<std::uint32_t>(out.size() - size_place - sizeof(std::uint32_t));
    std::memcpy(out.data() + size_place, &size, sizeof size);
    auto ids = text_ids(entity.state);
    append_number(out, static_cast<std::uint32_t>(ids.size()));
    for (auto id : ids) {
        std::string_view text = texts.find(id);
        append_number(out, static_cast<std::uint32_t>(text.size()));
        out.append(text);
    }
    append_number(out, checksum(key, std::string_view(out).substr(start)));
}

Status StateCodec::check(const EntityState& state) const {
    if (is_far(state.latest().value())) return fail(ErrorKind::corrupt, "has a latest event beyond all time");
    for (const Cell& cell : state.cells()) {
        if (cell.component >= view_->components().size()) return fail(ErrorKind::corrupt, "has component {}", cell.component);
        CellKind kind = view_->components()[cell.component].kind;
        bool is_timed = kind == CellKind::latest || kind == CellKind::earliest;
        if ((is_timed && is_far(cell.a)) || (kind == CellKind::recent && is_far(static_cast<std::int64_t>(cell.key))))
            return fail(ErrorKind::corrupt, "has an event beyond all time");
    }
    return {};
}

Status StateCodec::take_texts(std::string_view bytes, const EntityState& state, TextTable& texts) const {
    std::uint32_t count = 0;
    std::string_view text;
    auto ids = text_ids(state);
    if (!take_number(bytes, count) || count != ids.size()) return fail(ErrorKind::corrupt, "has not the texts that its cells name");
    for (auto id : ids) {
        if (!take_block(bytes, text) || TextTable::id_of(text) != id)
            return fail(ErrorKind::corrupt, "has not the texts that its cells name");
        if (texts.intern(text) != id)
            return fail(ErrorKind::too_large, "has texts that there is no room for: {} are kept already", texts.size());
    }
    if (!bytes.empty()) return fail(ErrorKind::corrupt, "goes on after its end");
    return {};
}

Result<StateCodec::Versioned> StateCodec::decode(const StateKey& key, std::string_view record, TextTable& texts) const {
    if (record.size() < version_size + mark.size() + digest_bytes + checksum_bytes) return damaged(key, "is cut short");
    std::string_view bytes = record.substr(0, record.size() - checksum_bytes);
    std::uint32_t sum = 0;
    std::memcpy(&sum, record.data() + bytes.size(), sizeof sum);
    if (bytes.substr(version_size, mark.size()) != mark) return damaged(key, "is of a format that this version does not read");
    if (sum != checksum(key, bytes)) return damaged(key, "is not what was written");
    StateVersion version = version_of(bytes);
    bytes.remove_prefix(version_size + mark.size());
    for (std::size_t i = 0; i < digest_bytes; ++i)
        if (static_cast<unsigned char>(bytes[i]) != (digit(computation_[2 * i]) << 4 | digit(computation_[2 * i + 1])))
            return damaged(key, "was computed by other declarations");
    bytes.remove_prefix(digest_bytes);
    std::string_view packed;
    if (!take_block(bytes, packed)) return damaged(key, "is cut short");
    auto state = unpacked_state(packed);
    if (!state) return damaged(key, "cannot be read: " + state.error().message);
    if (auto checked = check(*state); !checked) return damaged(key, checked.error().message);
    if (auto taken = take_texts(bytes, *state, texts); !taken) {
        if (taken.error().kind == ErrorKind::corrupt) return damaged(key, taken.error().message);
        return fail(taken.error().kind, "the shared state of '{}' in view '{}' {}", key.id.substr(0, 80), key.view, taken.error().message);
    }
    return Versioned{version, std::move(*state)};
}

StateCodecs::StateCodecs(std::shared_ptr<const FeatureCatalog> catalog) : catalog_(std::move(catalog)) {
    std::string text;
    for (const auto& view : catalog_->views()) {
        if (view->bindings().empty()) continue;
        codecs_.emplace_back(view, catalog_->computation_digest(*view));
        text += fmt::format("{} {}\n", view->name(), codecs_.back().computation());
    }
    digest_ = sha256_hex(text);
}

const StateCodec* StateCodecs::find(std::string_view view) const {
    auto found = std::ranges::lower_bound(codecs_, view, {},
                                          [](const StateCodec& codec) -> std::string_view { return codec.view().name(); });
    return found != codecs_.end() && found->view().name() == view ? &*found : nullptr;
}

}  // namespace quoin
