// Bodies of POST /v1/predictions/{id}/feedback (first byte 'f') and of one of POST /v1/outcomes (any other). What is taken is within the
// limits, names its subject in one way, and says what happened with a finite number or a text.

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>

#include "base/json.h"
#include "serving/outcome_json.h"

namespace {

using namespace quoin;

void require(bool holds) {
    if (!holds) std::abort();
}

void check(const OutcomeReport& report) {
    require(report.id.size() <= limits::outcome_id_bytes && report.prediction_id.size() <= limits::outcome_id_bytes);
    require(report.entity.size() <= limits::entity_id_bytes);
    require(report.prediction_id.empty() == (!report.product.empty() && !report.entity.empty()));
    const auto* number = std::get_if<double>(&report.actual);
    const auto* text = std::get_if<std::string>(&report.actual);
    require(number ? std::isfinite(*number) : text && !text->empty() && text->size() <= limits::feature_text_bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto body = parse_json({reinterpret_cast<const char*>(data) + 1, size - 1});
    if (!body) return 0;
    const auto report = data[0] == 'f' ? parse_outcome(*body, "", "pred_1") : parse_outcome(*body, "/outcomes/0");
    if (report) {
        check(*report);
    } else {
        require(!report.error().message.empty());
    }
    return 0;
}
