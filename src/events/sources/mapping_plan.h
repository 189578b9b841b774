#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "events/sources/record_mapping.h"
#include "expression/expression.h"

namespace quoin {

/// One value of a record and how it comes about.
struct PlannedValue {
    SourceValue declared;
    std::size_t cell = 0;                  ///< of a path
    std::size_t slot = 0;                  ///< of the value whose previous one it is
    std::optional<TextTemplate> text;      ///< of text, repeats and previous
    std::optional<Expression> expression;  ///< of value
};

struct PlannedField {
    EventField field;
    Expression expression;
};

/// What a RecordMapping knows of its source.
struct RecordMapping::Plan {
    std::string event_source, type_name;
    TenantId tenant{"default"};
    std::shared_ptr<const EventTypes> types;
    std::size_t parameters = 0;
    std::vector<PlannedValue> values;
    std::optional<TextTemplate> id, subject;
    std::optional<Expression> time, known, where;
    std::vector<PlannedField> fields;
    bool compares = false;
};

/// Compiles a declaration against its event type into `plan`; every error says where in the file it is.
Status plan_mapping(const SourceDeclaration& source, const EventType& type, std::vector<TemplateName> parameters,
                    RecordMapping::Plan& plan);

}  // namespace quoin
