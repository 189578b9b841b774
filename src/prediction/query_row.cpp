#include "prediction/query_row.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "prediction/wording.h"

namespace quoin {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double widening_said_from = 1.005;

tl::unexpected<Error> wrong_feature(const std::string& name, const InputColumn& input, std::string_view got) {
    return fail_field(ErrorKind::invalid, "/features/" + name, "feature '{}' must be a {}, not {}", name,
                      input.kind == ColumnKind::number ? "number"
                      : input.kind == ColumnKind::time ? "time such as 2024-01-15"
                                                       : "text",
                      got);
}

}  // namespace

Result<double> raw_value(const Encoder& encoder, std::size_t index, const std::string& name, const FeatureValue& value) {
    const auto& input = encoder.inputs()[index];
    if (std::holds_alternative<std::nullptr_t>(value)) return missing;
    const auto* number = std::get_if<double>(&value);
    const auto* text = std::get_if<std::string>(&value);
    switch (input.kind) {
        case ColumnKind::number:
            if (number == nullptr) return wrong_feature(name, input, fmt::format("the text '{}'", text->substr(0, 40)));
            return *number;
        case ColumnKind::category: return encoder.code(index, number != nullptr ? fmt::format("{}", *number) : *text);
        case ColumnKind::time: {
            if (text == nullptr) return wrong_feature(name, input, fmt::format("the number {}", *number));
            auto time = parse_time(*text);
            if (!time) return fail_field(ErrorKind::invalid, "/features/" + name, "{}", time.error().message);
            return time->days();
        }
    }
    return missing;
}

Result<std::vector<double>> raw_row(const TrainedModel& model, const PredictionQuery& filled) {
    std::vector<double> raw(model.encoder.inputs().size(), missing);
    for (const auto& [name, value] : filled.features) {
        int index = model.encoder.input_index(name);
        if (index < 0) {
            std::vector<std::string> known;
            for (const auto& input : model.encoder.inputs()) known.push_back(input.name);
            return fail_field(ErrorKind::invalid, "/features/" + name, "the model does not know the feature '{}'; it reads {}", name,
                              fmt::join(known, ", "));
        }
        TRY(number, raw_value(model.encoder, static_cast<std::size_t>(index), name, value));
        raw[static_cast<std::size_t>(index)] = number;
    }
    int time = model.time_column.empty() ? -1 : model.encoder.input_index(model.time_column);
    if (time >= 0 && filled.as_of) raw[static_cast<std::size_t>(time)] = filled.as_of->days();
    return raw;
}

std::vector<std::string> notes_of(const TrainedModel& model, const PredictionQuery& filled, std::span<const double> raw) {
    std::vector<std::string> notes, absent;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const auto& input = model.encoder.inputs()[i];
        if (std::isnan(raw[i])) {
            auto given = std::ranges::find(filled.features, input.name, &std::pair<std::string, FeatureValue>::first);
            const std::string* text = given == filled.features.end() ? nullptr : std::get_if<std::string>(&given->second);
            if (text != nullptr) {
                notes.push_back(fmt::format("{} '{}' was not seen in training and counts as not known", input.label, *text));
            } else {
                absent.push_back(input.label);
            }
        } else if (input.kind == ColumnKind::number && (raw[i] < input.lower || raw[i] > input.upper)) {
            notes.push_back(fmt::format("{} {} lies outside the {} to {} seen in training", input.label, value_text(input, raw[i]),
                                        value_text(input, input.lower), value_text(input, input.upper)));
        }
    }
    if (!absent.empty()) notes.push_back(fmt::format("not known: {}", fmt::join(absent, ", ")));
    if (double factor = model.missing_inputs ? model.missing_inputs->factor(raw) : 1; factor >= widening_said_from)
        notes.push_back(fmt::format("for want of what is not known the intervals are {:.2f} times as wide", factor));
    return notes;
}

}  // namespace quoin
