#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "base/json.h"
#include "commands/command.h"
#include "commands/survival/survival_columns.h"
#include "commands/terminal.h"
#include "evaluation/survival/concordance.h"
#include "learning/survival/cox_fit.h"
#include "learning/survival/proportionality.h"
#include "store/blobs.h"
#include "table/read.h"

namespace quoin::command {

CommandEntry survival();

namespace {

namespace json = boost::json;

std::vector<std::string> names_in(const std::string& text) {
    std::vector<std::string> names;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        if (comma > start) names.push_back(text.substr(start, comma - start));
        start = comma + 1;
    }
    return names;
}

Result<double> number_in(const CommandLine& line, std::string_view key, std::string_view option) {
    const std::string text = line.text(key);
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(number))
        return fail_field(ErrorKind::invalid, std::string(key), "{}: '{}' is not a number", option, text);
    return number;
}

Result<CoxOptions> options_in(const CommandLine& line) {
    CoxOptions options;
    const std::string ties = line.text("ties");
    if (ties != "efron" && ties != "breslow") return fail_field(ErrorKind::invalid, "ties", "--ties is efron or breslow, not '{}'", ties);
    if (ties == "breslow") options.ties = TieRule::breslow;
    if (line.has("penalty")) {
        TRY(strength, number_in(line, "penalty", "--penalty"));
        TRY(l1_ratio, number_in(line, "l1_ratio", "--l1-ratio"));
        options.penalty = CoxPenalty{strength, l1_ratio};
    }
    return options;
}

/// A fit and what is printed beside it.
struct Summary {
    TableSurvivalRows rows;
    CoxFit fit;
    std::optional<Concordance> concordance;  ///< nothing if no two rows can be compared
    ProportionalityTest proportionality;     ///< no covariates if it could not be tested
};

json::object to_json(const ChiSquareTest& test) {
    return {{"statistic", test.statistic}, {"degrees", test.degrees}, {"p_value", test.p_value()}};
}

json::object to_json(const Summary& summary) {
    json::array coefficients;
    for (std::size_t j = 0; j < summary.fit.coefficients.size(); ++j) {
        const CoxCoefficient& one = summary.fit.coefficients[j];
        json::object line{
            {"name", one.name}, {"state", name_of(one.state)}, {"coefficient", one.value}, {"hazard_ratio", one.hazard_ratio()}};
        if (one.standard_error) {
            line["standard_error"] = *one.standard_error;
            line["z"] = one.z();
            line["p_value"] = one.p_value();
        }
        if (j < summary.proportionality.covariates.size() && summary.proportionality.covariates[j].degrees > 0)
            line["proportionality"] = to_json(summary.proportionality.covariates[j]);
        coefficients.push_back(std::move(line));
    }
    const CoxFit& fit = summary.fit;
    json::object report{{"rows", fit.rows},
                        {"events", fit.events},
                        {"rows_left_out", summary.rows.rows_left_out},
                        {"status", name_of(fit.status)},
                        {"iterations", fit.iterations},
                        {"log_likelihood", json::array{fit.log_likelihood_null, fit.log_likelihood}},
                        {"coefficients", std::move(coefficients)}};
    if (summary.concordance) {
        report["concordance"] = summary.concordance->index();
        report["concordance_standard_error"] = summary.concordance->standard_error;
    }
    if (fit.wald.degrees > 0) {
        report["likelihood_ratio"] = to_json(fit.likelihood_ratio);
        report["wald"] = to_json(fit.wald);
        report["score"] = to_json(fit.score);
    }
    if (summary.proportionality.global.degrees > 0) report["proportionality"] = to_json(summary.proportionality.global);
    return report;
}

std::string p_text(double p) { return p < 1e-300 ? "< 1e-300" : fmt::format("{:.3g}", p); }

void print(const Summary& summary) {
    const CoxFit& fit = summary.fit;
    fmt::print("{} rows, {} events", count_text(static_cast<std::int64_t>(fit.rows)), count_text(static_cast<std::int64_t>(fit.events)));
    if (summary.rows.rows_left_out > 0) fmt::print("; {} rows with a missing value were left out", summary.rows.rows_left_out);
    fmt::print("; {}\n\n", name_of(fit.status));
    TerminalTable table{{"covariate", "coefficient", "hazard ratio", "standard error", "z", "p", "p of drift"}, {}};
    for (std::size_t j = 0; j < fit.coefficients.size(); ++j) {
        const CoxCoefficient& one = fit.coefficients[j];
        std::vector<std::string> row = {one.name, fmt::format("{:.6g}", one.value), fmt::format("{:.4g}", one.hazard_ratio())};
        if (one.state != CoefficientState::estimated) row = {one.name, name_of(one.state)};
        if (one.standard_error)
            row.insert(row.end(), {fmt::format("{:.4g}", *one.standard_error), fmt::format("{:.3f}", one.z()), p_text(one.p_value())});
        if (j < summary.proportionality.covariates.size() && summary.proportionality.covariates[j].degrees > 0)
            row.push_back(p_text(summary.proportionality.covariates[j].p_value()));
        table.rows.push_back(std::move(row));
    }
    fmt::print("{}\n", render(table, terminal_width()));
    if (summary.concordance)
        fmt::print("concordance {:.4f} (standard error {:.4f})\n", summary.concordance->index(), summary.concordance->standard_error);
    auto print_test = [](const char* name, const ChiSquareTest& test) {
        if (test.degrees > 0) fmt::print("{} {:.2f} on {} degrees, p {}\n", name, test.statistic, test.degrees, p_text(test.p_value()));
    };
    print_test("likelihood ratio test", fit.likelihood_ratio);
    print_test("Wald test            ", fit.wald);
    print_test("score test           ", fit.score);
    print_test("drift of any         ", summary.proportionality.global);
}

Result<Summary> summarise(TableSurvivalRows rows, const CoxOptions& options) {
    TRY(fit, fit_cox(rows.view(), options));
    const auto index = concordance(rows.view().times, fit.model.log_hazards(rows.covariates), rows.strata);
    ProportionalityTest proportionality;
    if (!options.penalty && fit.status == CoxStatus::converged) {
        TRY(test, test_proportionality(rows.view(), fit, options.ties));
        proportionality = std::move(test);
    }
    return Summary{std::move(rows), std::move(fit), index ? std::optional(*index) : std::nullopt, std::move(proportionality)};
}

Result<int> run(const CommandLine& line) {
    TRY(options, options_in(line));
    TRY(table, read_table(line.text("file")));
    TRY(rows, survival_rows_of(table, {.time = line.text("time"),
                                       .event = line.text("event"),
                                       .start = line.text("start"),
                                       .weight = line.text("weight"),
                                       .strata = line.text("strata"),
                                       .covariates = names_in(line.text("covariates"))}));
    TRY(summary, summarise(std::move(rows), options));
    if (line.has("model")) TRY_VOID(write_file_atomically(line.text("model"), summary.fit.model.save()));
    if (line.has("json")) fmt::print("{}\n", json_text(to_json(summary), 2));
    else print(summary);
    return 0;
}

}  // namespace

CommandEntry survival() {
    return {"survival",
            "what makes an event come sooner: Cox proportional hazards on a file of times and events",
            "quoin survival listings.csv --time days --event closed --covariates log_price,rooms",
            {{"FILE", "", "CSV (also .gz), Parquet or NDJSON; rows with a missing value are left out", "", true},
             {"--time", "COLUMN", "numbers: the time of the event, or until when it was waited for", "", true},
             {"--event", "COLUMN", "1 where the event happened, 0 where it was still awaited", "", true},
             {"--covariates", "COLUMN[,COLUMN…]", "numbers or categories; otherwise all other columns"},
             {"--start", "COLUMN", "when the row came under watch: late entry, or a part of a history with changing covariates"},
             {"--weight", "COLUMN", "weights of the rows"},
             {"--strata", "COLUMN", "groups that have a baseline hazard of their own"},
             {"--ties", "RULE", "efron or breslow", "efron"},
             {"--penalty", "STRENGTH", "elastic net on standardised covariates, as glmnet's lambda"},
             {"--l1-ratio", "SHARE", "of the lasso in the penalty, from 0 to 1", "1"},
             {"--model", "FILE", "write the fitted model with its baseline hazards"},
             json_option()},
            run};
}

}  // namespace quoin::command
