#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learning/family.h"
#include "models/trained_model.h"

namespace quoin {

/// What a column means, beyond its kind; features are derived from roles, never from a data set's own column names.
enum class ColumnRole : std::uint8_t {
    none,
    latitude,
    longitude,
    living_area,  ///< the home's own interior area
    area,         ///< any other area (lot, basement, the neighbours' average)
    lot_area,
    rooms,  ///< a count of bedrooms
    year_built,
    year_renovated,  ///< 0 or missing: never
    postcode,        ///< the Mondrian group of the intervals
};
const char* name_of(ColumnRole role);
const char* name_of(Objective objective);

struct DeclaredFeature {
    std::string column;
    ColumnKind kind = ColumnKind::number;
    ColumnRole role = ColumnRole::none;
    std::string label;  ///< in words; empty: the column's name with spaces
    std::string unit;
    int monotone = 0;  ///< +1: the answer may only rise with it
    std::optional<Movable> movable;
};

struct IgnoredColumn {
    std::string column, why;
};

struct DeclaredMember {
    std::string family;                              ///< as in families()
    Objective objective = Objective::squared_error;  ///< as the declaration's, unless the member names one
    HyperParameters parameters;
    std::string name;  ///< unique; defaults to the family, with a number if there are several
};

/// A series whose usual growth by trend and season the model's answer starts from: the label is the logarithm of what something will be
/// `ahead_hours` later in proportion to what the series is now.
struct DeclaredSeason {
    std::string series;  ///< column, positive
    double ahead_hours = 1;
};

/// What ends the watch of a row, for the task survival: the label is how long it was watched.
struct DeclaredEvent {
    std::string column;
    std::string happened;      ///< the level at which the event ended it
    std::string competing;     ///< that at which another event ruled it out; empty: none. Any other level: censored
    double horizon = 0;        ///< in the label's unit: how far ahead the model says anything
    std::vector<double> grid;  ///< where answers show the distribution; empty: ten equal steps to the horizon
};

/// Attributes of people that decisions must not depend on: read by the audit alone, never an input.
struct DeclaredProtected {
    std::string column;
    std::string reference;  ///< the level that the others are compared with
};

/// One model as its catalog file declares it: catalog/models/<name>.yaml, JSON Schema in catalog/schema/model.schema.json.
struct Declaration {
    std::string model;
    std::string entity = "property";
    std::string source;         ///< CSV, Parquet or NDJSON file, relative to the project folder; or `sql:SELECT …`
    std::string id, time;       ///< columns; empty: none
    bool time_as_input = true;  ///< false: time orders the rows, but the model does not read it (each live answer lies later than all rows)
    std::string label;
    std::string label_unit;  ///< "USD" or ""
    bool log_label = false;
    double label_lower = -std::numeric_limits<double>::infinity();  ///< rows with a smaller label are left out (nominal sale prices)
    double label_upper = std::numeric_limits<double>::infinity();   ///< rows with a larger label are left out (percent among fractions)
    Objective objective = Objective::squared_error;  ///< of a regression: what members learn that name none of their own, and what their
                                                     ///< weights minimise; squared_error or absolute_error
    Task task = Task::regression;
    bool market_index = true;  ///< a regression with a time learns the level of the whole market by month and adds it; else other features
                               ///< must say what a time is like, and the time itself is a feature only where it is declared as one
    std::string positive_level;  ///< binary with a category label
    std::vector<Band> bands;     ///< binary: names for probabilities, ascending, the first from 0
    std::vector<DeclaredFeature> features;
    std::vector<IgnoredColumn> ignored;
    std::vector<DeclaredMember> members;
    std::size_t folds = 5;               ///< of the out-of-fold predictions that weights, calibration and gates come from
    std::string fold_kind = "shuffled";  ///< "shuffled", "grouped" or "rolling"
    std::string fold_group;              ///< column whose values folds keep on one side, if they are grouped; empty: `id`
    double test_share = 0.2;             ///< last part of time (or a random part without time) for the gates' out-of-time test
    std::size_t search_candidates = 0;   ///< 0: the declared parameters as they are; else successive halving over the families' spaces
    std::vector<double> levels = {0.8, 0.95};
    std::vector<double> quantiles;  ///< ascending; what members that learn quantiles answer besides; empty: none
    DeclaredEvent event;            ///< survival
    std::vector<DeclaredProtected> protected_attributes;
    std::string protected_source;         ///< file with the ids and these columns; empty: they are columns of `source`
    std::string favourable = "positive";  ///< binary: the outcome that people want: "positive" or "negative"
    double decision_threshold = 0.5;      ///< binary: the probability from which a decision is positive, for the audit
    DeclaredSeason season;                ///< series empty: none
    std::string interval_group;           ///< column whose values the intervals are calibrated by; empty: none
    std::vector<std::string> gates;
    std::uint64_t seed = 20260101;
    std::string owner, intended_use, out_of_scope_use;
    std::string text;  ///< the file as it was read

    const std::string& fold_column() const { return fold_group.empty() ? id : fold_group; }
    /// Regressions with a time follow the market, unless they have a season of their own or are of quantiles.
    bool has_market_index() const {
        return market_index && task == Task::regression && !time.empty() && quantiles.empty() && season.series.empty();
    }
};

/// Error: invalid, naming line, key and remedy: an unknown key, a wrong type, a role given twice, a label among the features.
Result<Declaration> parse_declaration(std::string_view yaml);
/// The same declaration as a file for people, with comments; parse_declaration reads it back.
std::string render_declaration(const Declaration& declaration);

}  // namespace quoin
