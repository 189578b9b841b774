#include "events/sources/mapping_plan.h"

#include <algorithm>

#include "expression/nearest_name.h"

namespace quoin {
namespace {

/// Compiles a declaration against its event type; every error says where in the file it is.
class Planner {
public:
    Planner(const SourceDeclaration& source, const EventType& type, std::vector<TemplateName> parameters, RecordMapping::Plan& plan)
        : source_(source), type_(type), names_(std::move(parameters)), plan_(plan) {
        for (const auto& name : names_) fields_.push_back({name.name, name.is_time ? FieldKind::number : FieldKind::text});
    }

    Status plan() {
        plan_.parameters = names_.size();
        std::size_t cells = 0;
        for (const auto& value : source_.values) TRY_VOID(add_value(value, cells));
        const auto& event = source_.event;
        TRY(id, text_template(event.id));
        plan_.id = std::move(id);
        if (!event.subject.empty()) {
            TRY(subject, text_template(event.subject));
            plan_.subject = std::move(subject);
        }
        TRY_VOID(formula(event.time, "time", plan_.time));
        if (!event.known.empty()) TRY_VOID(formula(event.known, "known", plan_.known));
        if (!event.where.empty()) TRY_VOID(formula(event.where, "where", plan_.where));
        for (const auto& [name, expression] : event.data) TRY_VOID(add_field(name, expression));
        for (const auto& field : type_.fields)
            if (field.required && !has_field(field.name))
                return fail_field(ErrorKind::invalid, field.name, "{}: 'data' has no '{}', which every {} needs", source_.where, field.name,
                                  type_.name);
        return {};
    }

private:
    tl::unexpected<Error> at(std::size_t line, const Error& error) const {
        return fail_field(error.kind, error.field, "{}, line {}: {}", source_.where, line, error.message);
    }
    Result<TextTemplate> text_template(const DeclaredText& declared) const {
        auto made = TextTemplate::parse(declared.text, names_);
        if (!made) return at(declared.line, made.error());
        return std::move(*made);
    }
    Result<Expression> expression(const DeclaredText& declared) const {
        auto made = Expression::compile(declared.text, fields_);
        if (!made) return at(declared.line, made.error());
        return std::move(*made);
    }
    Status formula(const DeclaredText& declared, std::string_view what, std::optional<Expression>& out) const {
        TRY(made, expression(declared));
        if (made.kind() != FieldKind::number)
            return at(declared.line,
                      {ErrorKind::invalid, fmt::format("'{}' must be a time or a truth value, not a text", what), std::string(what)});
        out = std::move(made);
        return {};
    }

    Status add_value(const SourceValue& value, std::size_t& cells) {
        auto refuse = [&](std::string_view what) -> Status { return at(value.line, {ErrorKind::invalid, std::string(what), value.name}); };
        for (const auto& name : names_)
            if (name.name == value.name) return refuse(fmt::format("'{}' is there already; choose another name", value.name));
        PlannedValue planned{.declared = value};
        switch (value.from) {
            case SourceValue::From::path: planned.cell = cells++; break;
            case SourceValue::From::text:
            case SourceValue::From::repeats: {
                TRY(text, text_template({value.content, value.line}));
                planned.text = std::move(text);
                plan_.compares = plan_.compares || value.from == SourceValue::From::repeats;
                break;
            }
            case SourceValue::From::previous: {
                auto found = std::ranges::find(names_, value.content, &TemplateName::name);
                if (found == names_.end() || fields_[static_cast<std::size_t>(found - names_.begin())].kind == FieldKind::text)
                    return refuse(fmt::format("'{}' must be a number that stands above, to have been one before", value.content));
                planned.slot = static_cast<std::size_t>(found - names_.begin());
                TRY(per, text_template({value.per, value.line}));
                planned.text = std::move(per);
                plan_.compares = true;
                break;
            }
            case SourceValue::From::value: {
                TRY(made, expression({value.content, value.line}));
                if ((made.kind() == FieldKind::text) != value.is_text())
                    return refuse(fmt::format("'{}' computes a {}; say 'type: {}'", value.name,
                                              made.kind() == FieldKind::text ? "text" : "number",
                                              made.kind() == FieldKind::text ? "text" : "number"));
                planned.expression = std::move(made);
                break;
            }
        }
        plan_.values.push_back(std::move(planned));
        bool is_time = value.type == SourceValue::Type::time || value.type == SourceValue::Type::unix_seconds ||
                       value.type == SourceValue::Type::unix_milliseconds;
        names_.push_back({value.name, is_time});
        fields_.push_back({value.name, value.is_text() ? FieldKind::text : FieldKind::number});
        return {};
    }

    bool has_field(std::string_view name) const {
        return std::ranges::any_of(plan_.fields, [&](const PlannedField& planned) { return planned.field.name == name; });
    }

    Status add_field(const std::string& name, const DeclaredText& declared) {
        auto slot = type_.slot(name);
        if (!slot) {
            std::vector<std::string_view> known;
            for (const auto& field : type_.fields) known.push_back(field.name);
            return at(declared.line,
                      {ErrorKind::invalid, fmt::format("{} has no field '{}'{}", type_.name, name, known_names_text(name, known)), name});
        }
        const auto& field = type_.fields[*slot];
        TRY(made, expression(declared));
        if (made.kind() != field.kind())
            return at(declared.line,
                      {ErrorKind::invalid,
                       fmt::format("'{}' is a {} and '{}' computes a {}", name, field.kind() == FieldKind::text ? "text" : "number",
                                   declared.text, made.kind() == FieldKind::text ? "text" : "number"),
                       name});
        plan_.fields.push_back({field, std::move(made)});
        return {};
    }

    const SourceDeclaration& source_;
    const EventType& type_;
    std::vector<TemplateName> names_;
    std::vector<ExpressionField> fields_;
    RecordMapping::Plan& plan_;
};

}  // namespace

Status plan_mapping(const SourceDeclaration& source, const EventType& type, std::vector<TemplateName> parameters,
                    RecordMapping::Plan& plan) {
    return Planner(source, type, std::move(parameters), plan).plan();
}

}  // namespace quoin
