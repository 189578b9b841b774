#include "features/view.h"

#include <algorithm>

namespace quoin {
namespace {

constexpr std::int64_t minute = 60'000'000;

std::uint32_t minutes_of(Duration length) { return static_cast<std::uint32_t>(length.value() / minute); }

Duration default_tile(const TransformEntry& transform, Duration window) {
    if (transform.tile.value() > 0) return transform.tile;
    if (window <= Duration::hours(1)) return Duration::minutes(1);
    if (window <= Duration::hours(12)) return Duration::minutes(15);
    return window <= Duration::days(14) ? Duration::hours(1) : Duration::days(1);
}

}  // namespace

std::uint32_t tile_of(EventTime time, std::uint32_t tile_minutes) {
    if (tile_minutes == 0) return 0;
    auto minutes = std::max<std::int64_t>(0, time.value() / minute);  // before 1970 everything lies in the first tile
    return static_cast<std::uint32_t>(minutes / tile_minutes * tile_minutes);
}

std::uint32_t first_tile(EventTime at, std::uint32_t window_minutes, std::uint32_t tile_minutes) {
    if (tile_minutes == 0) return 0;
    return tile_of(EventTime{at.value() - window_minutes * minute}, tile_minutes);
}

/// Turns a declaration into a view, feature by feature.
class ViewCompiler {
public:
    ViewCompiler(ViewDeclaration declaration, const FeatureView::FindType& find_type)
        : view_(std::make_shared<FeatureView>()), find_type_(find_type) {
        view_->declaration_ = std::move(declaration);
    }

    Result<std::shared_ptr<const FeatureView>> compile() {
        const auto& features = view_->declaration_.features;
        view_->features_.resize(features.size());
        for (std::size_t slot = 0; slot < features.size(); ++slot) {
            view_->features_[slot].declaration = &features[slot];
            if (!features[slot].from.empty()) TRY_VOID(compile_aggregate(view_->features_[slot]));
        }
        for (std::size_t slot = 0; slot < features.size(); ++slot)
            if (!features[slot].expression.empty()) TRY_VOID(compile_expression(slot));
        TRY_VOID(check_lookups());
        TRY_VOID(find_order());
        return std::shared_ptr<const FeatureView>(view_);
    }

private:
    Status compile_aggregate(CompiledFeature& feature) {
        const FeatureDeclaration& declared = *feature.declaration;
        auto transform = find_transform(declared.transform);
        if (!transform) return fail(ErrorKind::invalid, "{}: {}", declared.place, transform.error().message);
        feature.transform = *transform;
        feature.is_live = feature.transform->pace == TransformEntry::Pace::always;
        if (feature.transform->check) TRY_VOID(feature.transform->check(declared));
        if (declared.window) {
            Duration tile = declared.tile.value_or(default_tile(*feature.transform, *declared.window));
            if (declared.window->value() % tile.value() != 0)
                return fail(ErrorKind::invalid, "{}: the window of {} is no multiple of its tile of {}; declare a 'tile' that divides it",
                            declared.place, to_text(*declared.window), to_text(tile));
            feature.window_minutes = minutes_of(*declared.window), feature.tile_minutes = minutes_of(tile);
        }
        for (std::size_t i = 0; i < feature.transform->cells.size(); ++i) {
            TRY(component, compile_component(feature, feature.transform->cells[i]));
            feature.components[i] = share(std::move(component));
        }
        return check_type(feature);
    }

    Status check_type(const CompiledFeature& feature) {
        const FeatureDeclaration& declared = *feature.declaration;
        const auto& transform = *feature.transform;
        bool needs_list = transform.gives_list && !(transform.name == "top_k" && declared.parameters.k == 1);
        FieldKind gives = transform.gives_value_kind ? view_->components_[feature.components[0]].value_kind : FieldKind::number;
        if (is_list(declared.type) == needs_list && field_kind(declared.type) == gives) return {};
        const char* word = gives == FieldKind::text ? (needs_list ? "texts" : "text") : (needs_list ? "numbers" : "a number type");
        return fail(ErrorKind::invalid, "{}: '{}' is declared as {}, but {} gives {}", declared.place, declared.name,
                    name_of(declared.type), transform.name, word);
    }

    Result<FeatureComponent> compile_component(const CompiledFeature& feature, CellKind kind) {
        const FeatureDeclaration& declared = *feature.declaration;
        const TransformEntry& transform = *feature.transform;
        FeatureComponent component{.kind = kind, .key = transform.key, .is_truth = transform.value == TransformEntry::Value::truth};
        component.tile_minutes = feature.tile_minutes, component.horizon_minutes = feature.window_minutes;
        if (kind == CellKind::recent) component.kept = static_cast<std::uint32_t>(declared.parameters.k);
        if (transform.key == TransformEntry::Key::bin) component.edges = declared.parameters.edges;
        bool takes_value = transform.value != TransformEntry::Value::none;
        if (takes_value && transform.value != TransformEntry::Value::optional_number && declared.value.empty())
            return fail(ErrorKind::invalid, "{}: '{}' needs a 'value', what is to be aggregated", declared.place, transform.name);
        if (!takes_value && !declared.value.empty())
            return fail(ErrorKind::invalid, "{}: '{}' takes no 'value'", declared.place, transform.name);
        for (const std::string& type : declared.from) {
            TRY(source, compile_source(declared, type));
            if (source.value) component.value_kind = source.value->kind();
            component.sources.push_back(std::move(source));
        }
        for (const auto& source : component.sources)
            if (source.value && (source.value->kind() != component.value_kind ||
                                 (transform.value != TransformEntry::Value::any && source.value->kind() != FieldKind::number)))
                return fail(ErrorKind::invalid, "{}: the value of '{}' must be a {}", declared.place, declared.name,
                            transform.value == TransformEntry::Value::any ? "number in every event type, or a text in every one"
                                                                          : "number");
        return component;
    }

    Result<FeatureComponent::Source> compile_source(const FeatureDeclaration& declared, const std::string& type_name) {
        const EventType* type = find_type_(type_name);
        if (!type) return fail(ErrorKind::invalid, "{}: there is no event type '{}' in catalog/events", declared.place, type_name);
        if (!type->entities.contains(view_->entity()))
            return fail(ErrorKind::invalid, "{}: an event of type '{}' names no {} (its 'entities')", declared.place, type_name,
                        view_->entity());
        std::vector<ExpressionField> fields;
        for (const EventField& field : type->fields) fields.push_back({field.name, field.kind()});
        fields.push_back({"event_time", FieldKind::number});
        FeatureComponent::Source source{.event_type = type_name};
        if (!declared.where.empty()) {
            TRY(where, compile_text(declared, "where", declared.where, fields));
            source.where = std::move(where);
        }
        if (!declared.value.empty()) {
            TRY(value, compile_text(declared, "value", declared.value, fields));
            source.value = std::move(value);
        }
        return source;
    }

    static Result<Expression> compile_text(const FeatureDeclaration& declared, const char* key, const std::string& text,
                                           const std::vector<ExpressionField>& fields) {
        auto compiled = Expression::compile(text, fields);
        if (!compiled)
            return fail(ErrorKind::invalid, "{}: '{}' of '{}': {}", declared.place, key, declared.name, compiled.error().message);
        if (compiled->depends_on_now())
            return fail(ErrorKind::invalid, "{}: '{}' of '{}' calls now(); an event has event_time", declared.place, key, declared.name);
        return compiled;
    }

    /// The place of an equal component, made longer where the window needs it, or of this one.
    std::uint16_t share(FeatureComponent component) {
        auto text_of = [](const std::optional<Expression>& expression) { return expression ? expression->text() : std::string(); };
        auto same_source = [&](const FeatureComponent::Source& a, const FeatureComponent::Source& b) {
            return a.event_type == b.event_type && text_of(a.where) == text_of(b.where) && text_of(a.value) == text_of(b.value);
        };
        for (std::size_t i = 0; i < view_->components_.size(); ++i) {
            FeatureComponent& other = view_->components_[i];
            if (other.kind != component.kind || other.key != component.key || other.is_truth != component.is_truth ||
                other.tile_minutes != component.tile_minutes || other.edges != component.edges ||
                !std::ranges::equal(other.sources, component.sources, same_source))
                continue;
            other.horizon_minutes = std::max(other.horizon_minutes, component.horizon_minutes);
            other.kept = std::max(other.kept, component.kept);
            return static_cast<std::uint16_t>(i);
        }
        bind(component, static_cast<std::uint16_t>(view_->components_.size()));
        view_->components_.push_back(std::move(component));
        return static_cast<std::uint16_t>(view_->components_.size() - 1);
    }

    void bind(const FeatureComponent& component, std::uint16_t place) {
        for (std::size_t i = 0; i < component.sources.size(); ++i) {
            const EventType& type = *find_type_(component.sources[i].event_type);
            auto& binding = view_->bindings_[type.name];
            binding.entity_field = *type.slot(type.entities.at(view_->entity()));
            binding.feeds.push_back({place, static_cast<std::uint16_t>(i)});
        }
    }

    Status compile_expression(std::size_t slot) {
        const FeatureDeclaration& declared = view_->declaration_.features[slot];
        std::vector<ExpressionField> fields;
        for (const auto& other : view_->declaration_.features)
            fields.push_back({is_list(other.type) || &other == &declared ? "" : other.name, field_kind(other.type)});
        auto compiled = Expression::compile(declared.expression, fields);
        if (!compiled)
            return fail(ErrorKind::invalid, "{}: 'expression' of '{}': {}", declared.place, declared.name, compiled.error().message);
        if (is_list(declared.type) || compiled->kind() != field_kind(declared.type))
            return fail(ErrorKind::invalid, "{}: '{}' is declared as {}, but its expression gives a {}", declared.place, declared.name,
                        name_of(declared.type), compiled->kind() == FieldKind::text ? "text" : "number");
        view_->features_[slot].expression = std::move(*compiled);
        return {};
    }

    Status check_lookups() {
        for (CompiledFeature& feature : view_->features_) {
            if (!feature.declaration->lookup) continue;
            const auto& by = feature.declaration->lookup->by;
            auto slot = view_->slot(by);
            if (!slot || field_kind(view_->declaration_.features[*slot].type) != FieldKind::text)
                return fail(ErrorKind::invalid, "{}: 'by: {}' of '{}' must be a text feature of this view", feature.declaration->place, by,
                            feature.declaration->name);
            feature.is_live = true;
        }
        return {};
    }

    std::vector<std::uint16_t> uses_of(const CompiledFeature& feature) const {
        if (feature.declaration->lookup) return {*view_->slot(feature.declaration->lookup->by)};
        if (!feature.expression) return {};
        return {feature.expression->uses().begin(), feature.expression->uses().end()};
    }

    Status find_order() {
        enum : char { unseen, open, done };
        std::vector<char> state(view_->features_.size(), unseen);
        std::function<Status(std::uint16_t)> visit = [&](std::uint16_t slot) -> Status {
            CompiledFeature& feature = view_->features_[slot];
            if (state[slot] == done) return {};
            if (state[slot] == open)
                return fail(ErrorKind::invalid, "{}: '{}' is made from itself", feature.declaration->place, feature.declaration->name);
            state[slot] = open;
            for (auto used : uses_of(feature)) {
                TRY_VOID(visit(used));
                feature.is_live = feature.is_live || view_->features_[used].is_live;
            }
            feature.is_live = feature.is_live || (feature.expression && feature.expression->depends_on_now());
            state[slot] = done;
            view_->order_.push_back(slot);
            return {};
        };
        for (std::uint16_t slot = 0; slot < view_->features_.size(); ++slot) TRY_VOID(visit(slot));
        return {};
    }

    std::shared_ptr<FeatureView> view_;
    const FeatureView::FindType& find_type_;
};

Result<std::shared_ptr<const FeatureView>> FeatureView::compile(ViewDeclaration declaration, const FindType& find_type) {
    return ViewCompiler(std::move(declaration), find_type).compile();
}

std::optional<std::uint16_t> FeatureView::slot(std::string_view feature) const {
    for (std::size_t i = 0; i < declaration_.features.size(); ++i)
        if (declaration_.features[i].name == feature) return static_cast<std::uint16_t>(i);
    return std::nullopt;
}

const FeatureView::Binding* FeatureView::binding(std::string_view event_type) const {
    auto found = bindings_.find(event_type);
    return found == bindings_.end() ? nullptr : &found->second;
}

void FeatureView::lives(EventTime now, std::vector<CellLife>& out) const {
    out.clear();
    for (const FeatureComponent& component : components_)
        out.push_back({component.kind, first_tile(now, component.horizon_minutes, component.tile_minutes), component.kept});
}

}  // namespace quoin
