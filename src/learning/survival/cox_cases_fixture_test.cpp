#include <boost/json.hpp>

#include "learning/survival/cox_cases_fixture.h"

namespace quoin {

const boost::json::value& cox_oracle() {
    static const boost::json::value value = survival_oracle("cox_fit.json");
    return value;
}

TieRule ties_of(const boost::json::value& entry) { return entry.at("ties").as_string() == "efron" ? TieRule::efron : TieRule::breslow; }

OwnedSurvivalRows rows_of_case(const boost::json::value& entry) {
    const std::string_view name = entry.at("name").as_string();
    OwnedSurvivalRows rows = owned_rows(cox_oracle().at(name == "changing" ? "changing" : "rows"));
    if (name != "weighted" && name != "everything") rows.weights.clear();
    if (name != "truncated" && name != "everything" && name != "changing") rows.starts.clear();
    if (name != "stratified" && name != "everything") {
        rows.strata.clear();
        rows.stratum_names.clear();
    }
    return rows;
}

std::string title(const boost::json::value& entry) {
    return std::string(entry.at("name").as_string()) + " " + std::string(entry.at("ties").as_string());
}

SurvivalRows view_of(const OwnedSurvivalRows& rows) {
    return {rows.covariates, rows.times(), rows.strata, rows.covariate_names, rows.stratum_names};
}

}  // namespace quoin
