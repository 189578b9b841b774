#include "features/online_view.h"

#include <limits>

namespace quoin {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

}  // namespace

FeatureStatus FeatureAnswer::status(std::uint16_t slot) const {
    if (!is_known) return FeatureStatus::not_found;
    if (is_outside) return FeatureStatus::outside_max_age;
    bool is_null = is_list(view->features()[slot].declaration->type) ? slot >= row.lists.size() || row.lists[slot].empty()
                                                                     : row.values[slot].is_null();
    return is_null ? FeatureStatus::null_value : FeatureStatus::present;
}

FieldValue FeatureAnswer::value(std::uint16_t slot) const {
    return status(slot) == FeatureStatus::present ? row.values[slot] : FieldValue{};
}

ViewTable* OnlineView::Tables::find(std::string_view view) const {
    auto found = tables.find(view);
    return found == tables.end() ? nullptr : found->second.get();
}

OnlineView::OnlineView(std::shared_ptr<const FeatureCatalog> catalog, TextTable& texts) : texts_(texts), next_due_(never) {
    tables_ = make_tables(std::move(catalog), nullptr);
}
OnlineView::~OnlineView() = default;

std::shared_ptr<OnlineView::Tables> OnlineView::make_tables(std::shared_ptr<const FeatureCatalog> catalog, const Tables* former) {
    auto made = std::make_shared<Tables>();
    made->catalog = std::move(catalog);
    for (const auto& view : made->catalog->views()) {
        auto kept = former ? former->tables.find(view->name()) : decltype(former->tables.find(view->name())){};
        bool keeps = former && kept != former->tables.end() &&
                     former->catalog->computation_digest(kept->second->view()) == made->catalog->computation_digest(*view);
        made->tables[view->name()] = keeps ? kept->second : std::make_shared<ViewTable>(view, texts_);
    }
    for (const auto& [name, table] : made->tables)
        for (const auto& [type, binding] : table->view().bindings()) made->routes[type].push_back({table.get(), &binding});
    return made;
}

std::shared_ptr<const FeatureCatalog> OnlineView::catalog() const { return tables_.load()->catalog; }

void OnlineView::fold(const Tables& tables, const Event& event) {
    folded_until_.store(std::max(folded_until_.load(std::memory_order_relaxed), event.effective().value()), std::memory_order_release);
    auto routes = tables.routes.find(event.type);
    if (routes == tables.routes.end()) return;
    thread_local Record record;
    const EventType* type = tables.catalog->types().find(event.type);
    if (!type || !type->decode(event.data, record)) return;  // a stricter type came after the event: it stays in the log
    FeatureOperator::complete(record, event.time);
    for (const auto& [table, binding] : routes->second)
        refused_.fetch_add(table->fold(*binding, record, event, event.effective()).refused, std::memory_order_relaxed);
}

void OnlineView::apply_locked(const Tables& tables, const Event& event) {
    changes_.fetch_add(1, std::memory_order_acq_rel);
    if (event.effective() > event.known) {
        waiting_.push(event);
        next_due_.store(waiting_.top().effective().value(), std::memory_order_release);
    } else {
        fold(tables, event);
    }
}

void OnlineView::advance(EventTime now) {
    if (now.value() < next_due_.load(std::memory_order_acquire)) return;
    std::scoped_lock lock(applying_);
    advance_locked(now);
}

void OnlineView::advance_locked(EventTime now) {
    auto tables = tables_.load();
    while (!waiting_.empty() && waiting_.top().effective() <= now) {
        changes_.fetch_add(1, std::memory_order_acq_rel);
        fold(*tables, waiting_.top());
        waiting_.pop();
    }
    next_due_.store(waiting_.empty() ? never : waiting_.top().effective().value(), std::memory_order_release);
    advanced_ = std::max(advanced_, now);
}

void OnlineView::hold(EventTime now, const std::function<void(const ViewTable::Position& position)>& body) {
    std::scoped_lock lock(applying_);
    advance_locked(now);
    body({.sequence = applied_.load(std::memory_order_relaxed), .advanced = advanced_});
}

void OnlineView::apply(std::span<const Event> events) {
    for (const Event& event : events) {
        advance(event.known);
        std::scoped_lock lock(applying_);
        if (event.sequence <= applied_.load(std::memory_order_relaxed)) continue;
        apply_locked(*tables_.load(), event);
        advanced_ = std::max(advanced_, event.known);
        applied_.store(event.sequence, std::memory_order_release);
    }
}

Status OnlineView::follow(EventLog& log) {
    auto catch_up = [&]() {
        return log.read(applied_sequence() + 1, [&](const Event& event) -> Result<bool> {
            apply({&event, 1});
            return true;
        });
    };
    TRY_VOID(catch_up());
    log.subscribe([this](std::span<const Event> events) { apply(events); });
    return catch_up();  // what came between the two
}

FieldValue OnlineView::look_up(const Tables& tables, const FeatureLookup& lookup, const std::string& key, EventTime at) const {
    ViewTable* table = tables.find(lookup.view);
    auto slot = table ? table->view().slot(lookup.feature) : std::nullopt;
    if (!slot) return {};
    FeatureRow row;
    std::string tenant = key.substr(0, key.find('\x1f'));
    auto further = [&](const FeatureLookup& next, std::string_view id, EventTime when) {
        return look_up(tables, next, entity_key(tenant, id), when);
    };
    bool is_known = table->read({key, at}, further, row);
    return is_known && !table->view().is_outside(row.event_time, at) ? row.values[*slot] : FieldValue{};
}

Result<FeatureAnswer> OnlineView::read(const FeatureQuestion& question) {
    advance(question.at);
    EventTime at = not_before_folded(question.at);
    auto tables = tables_.load();
    ViewTable* table = tables->find(question.view);
    if (!table) return fail(ErrorKind::not_found, "there is no feature view '{}'", question.view);
    auto further = [&](const FeatureLookup& lookup, std::string_view other_id, EventTime when) {
        return look_up(*tables, lookup, entity_key(question.tenant, other_id), when);
    };
    FeatureAnswer answer{.view = table->shared_view(), .row = {}, .at = at};
    std::string key = entity_key(question.tenant, question.id);
    bool is_seen = table->read({key, at, question.wants_lists}, further, answer.row);
    answer.is_known = is_seen || table->view().bindings().empty();
    answer.is_outside = table->view().is_outside(answer.row.event_time, at);
    return answer;
}

Status OnlineView::replace_catalog(std::shared_ptr<const FeatureCatalog> catalog, const EventLog& log) {
    auto former = tables_.load();
    auto made = make_tables(std::move(catalog), former.get());
    // The new views alone, brought up beside the others by a view of their own.
    OnlineView apart(made->catalog, texts_);
    auto fresh = std::make_shared<Tables>();
    fresh->catalog = made->catalog;
    for (const auto& [name, table] : made->tables)
        if (former->find(name) != table.get()) fresh->tables[name] = table;
    for (const auto& [name, table] : fresh->tables)
        for (const auto& [type, binding] : table->view().bindings()) fresh->routes[type].push_back({table.get(), &binding});
    apart.tables_ = fresh;
    auto catch_up = [&] {
        return log.read(apart.applied_sequence() + 1, [&](const Event& event) -> Result<bool> {
            if (event.sequence > applied_sequence()) return false;
            apart.apply({&event, 1});
            return true;
        });
    };
    TRY_VOID(catch_up());
    std::scoped_lock lock(applying_);
    TRY_VOID(catch_up());  // short: what came meanwhile
    apart.advance(advanced_);
    tables_ = made;
    return {};
}

std::vector<OnlineView::Size> OnlineView::sizes() const {
    std::vector<Size> sizes;
    auto tables = tables_.load();
    for (const auto& [name, table] : tables->tables) sizes.push_back({name, table->entities(), table->bytes()});
    return sizes;
}

}  // namespace quoin
