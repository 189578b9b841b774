#include "features/state_export.h"

#include <map>

#include "base/digest.h"
#include "features/archive_columns.h"
#include "features/state_store.h"

namespace quoin {
namespace {

constexpr std::size_t hold_entities_max = 64;  // values are computed while writers of events wait: some 0.5 ms

tl::unexpected<Error> changed() {
    return fail(ErrorKind::conflict, "the catalog changed while feature states were exported; the next export has all of it");
}

}  // namespace

struct StateExport::Entity {
    const std::string* id;
    StateCodec::Versioned state;
    FeatureAnswer answer;
};

Result<ArchiveDay> StateExport::run() {
    codecs_ = std::make_shared<const StateCodecs>(view_.online.catalog());
    EventTime now = view_.event_now();
    view_.online.hold(now, [&](const ViewTable::Position& position) {
        day_.version = {position.sequence, position.advanced};
        for (const StateCodec& codec : codecs_->all())
            if (const ViewTable* table = view_.online.table(codec.view().name())) texts_ = &table->texts();
    });
    day_.day = date_text(now);
    day_.catalog = codecs_->digest();
    for (const StateCodec& codec : codecs_->all()) {
        std::vector<std::string> keys;
        for (std::size_t shard = 0; shard < ViewTable::shards; ++shard)
            view_.online.hold(view_.event_now(), [&](const auto&) {
                if (const ViewTable* table = view_.online.table(codec.view().name())) table->keys_of_shard(shard, keys);
            });
        std::map<std::string, std::vector<std::string>> ids;  // by tenant
        for (const auto& key : keys) ids[key.substr(0, key.find('\x1f'))].push_back(key.substr(key.find('\x1f') + 1));
        for (auto& [tenant, some] : ids) TRY_VOID(export_tenant(codec, tenant, some));
    }
    day_.written = view_.clock.now();
    auto text = render_archive_day(day_);
    TRY_VOID(target_.store.put(archive_day_key(target_.space, day_.day), std::as_bytes(std::span(text))));
    TRY_VOID(remove_former());
    return day_;
}

Status StateExport::export_tenant(const StateCodec& codec, const std::string& tenant, std::span<const std::string> ids) {
    std::map<std::string, std::string> sorted;  // by what stands in the file
    for (const auto& id : ids) sorted.emplace(plain_text(id), id);
    std::vector<std::string> plain, own;
    for (auto& [text, id] : sorted) plain.push_back(text), own.push_back(std::move(id));
    std::size_t number = 0;
    for (std::size_t first = 0; first < own.size();) {
        ArchiveRows rows(codec, *texts_);
        for (; first < own.size() && rows.rows() < target_.rows_per_part_max && rows.record_bytes() < target_.bytes_per_part_max;
             first += std::min(hold_entities_max, own.size() - first)) {
            auto some = std::span(own).subspan(first, std::min(hold_entities_max, own.size() - first));
            TRY(entities, copy(codec, tenant, some));
            for (const Entity& entity : entities) {
                std::string record;
                codec.encode(codec.key(tenant, *entity.id), entity.state, *texts_, record);
                rows.add(plain[static_cast<std::size_t>(entity.id - own.data())], record, entity.answer);
            }
        }
        if (rows.rows() == 0) continue;
        ArchivePart part{.view = codec.view().name(), .computation = codec.computation(), .tenant = tenant};
        part.first_id = rows.first_id(), part.last_id = rows.last_id(), part.rows = rows.rows();
        TRY(states, rows.release_states());
        TRY_VOID(put(states, part, number));
        TRY(values, rows.release_values());
        part.has_states = false;
        TRY_VOID(put(values, part, number++));
    }
    return {};
}

Result<std::vector<StateExport::Entity>> StateExport::copy(const StateCodec& codec, const std::string& tenant,
                                                           std::span<const std::string> ids) {
    std::vector<Entity> entities;
    bool is_same_catalog = true;
    view_.online.hold(view_.event_now(), [&](const ViewTable::Position& position) {
        is_same_catalog = view_.online.catalog() == codecs_->catalog();
        const ViewTable* table = view_.online.table(codec.view().name());
        if (!is_same_catalog || table == nullptr) return;
        for (const auto& id : ids) {
            auto state = table->state(entity_key(tenant, id));
            auto answer = view_.online.read({codec.view().name(), tenant, id, position.advanced, true});
            if (state && answer) entities.push_back({&id, {{position.sequence, position.advanced}, std::move(*state)}, std::move(*answer)});
        }
    });
    if (!is_same_catalog) return changed();
    return entities;
}

Status StateExport::put(const Table& table, ArchivePart part, std::size_t number) {
    TRY(bytes, parquet_bytes(table, target_.scratch));
    part.bytes = bytes.size();
    part.sha256 = sha256_hex(bytes);
    part.key = archive_part_key(archive_part_prefix(target_.space, part.has_states, day_.day), part, number);
    TRY_VOID(target_.store.put(part.key, std::as_bytes(std::span(bytes))));
    day_.parts.push_back(std::move(part));
    return {};
}

/// Parts of earlier exports of the same day, which nothing names any more.
Status StateExport::remove_former() {
    std::set<std::string, std::less<>> named;
    for (const ArchivePart& part : day_.parts) named.insert(part.key);
    for (bool has_states : {true, false}) {
        TRY(objects, target_.store.list(archive_part_prefix(target_.space, has_states, day_.day)));
        for (const auto& object : objects)
            if (!named.contains(object.key)) TRY_VOID(target_.store.remove(object.key));
    }
    return {};
}

}  // namespace quoin
