// How long does each product take over HTTP, with and without reasons, and how long do 1,000 mixed predictions?
//
//     product_latency [program [demo [requests]]]        default: build/quoin bench/.work/demo 2000
//
// `demo` is a project of `quoin demo`, which is made if it is not there (minutes). A server answers one question at a time over one
// keep-alive connection, as documented, of up to 200 entities in turn; every answer is recorded. "Without reasons" is `drivers: 0` (of
// /v1/predict/property `include_explanations: false`); the score of a lead cannot be asked without. Document 003 asks for less than 50 ms
// (P95), for a batch of 1,000 less than 5 s. The last line is machine-readable.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "bench/http_load.h"
#include "bench/served_project.h"

namespace {

using namespace quoin::bench;

constexpr std::size_t entities_max = 200;
constexpr int batches = 10, batch_rows = 1000;
constexpr int warm_up = 100;

/// How an entity is asked about: `body` has {} for its id.
struct Question {
    const char *product, *path, *ids, *first_id, *with_reasons, *without_reasons;
};

constexpr const char* alone = R"("entity_id": "{}")";
constexpr const char* alone_without = R"("entity_id": "{}", "drivers": 0)";
constexpr std::array questions{
    Question{"property value", "/v1/predict/property-value", "prop_", "prop_123", alone, alone_without},
    Question{"property (cap rate and NOI growth)", "/v1/predict/property", "prop_", "prop_123", R"("property_id": "{}")",
             R"("property_id": "{}", "include_explanations": false)"},
    Question{"lead score", "/api/v1/ml/score-lead", "lead_", "lead_abc123", R"("leadId": "{}")", nullptr},
    Question{"lead time to close", "/v1/predict/lead-time-to-close", "lead_", "lead_abc123", alone, alone_without},
    Question{"lead risk", "/v1/predict/lead-risk", "lead_", "lead_abc123", alone, alone_without},
    Question{"churn risk", "/v1/predict/churn-risk", "user_", "user_123", alone, alone_without},
    Question{"move probability", "/v1/predict/move-probability", "user_", "user_123", alone, alone_without},
    Question{"transaction type", "/v1/predict/transaction-type", "user_", "user_123", alone, alone_without},
    Question{"e-mail engagement", "/v1/predict/email-engagement", "user_", "user_123", alone, alone_without},
    Question{"contact timing", "/v1/predict/contact-timing", "user_", "user_123", alone, nullptr},
};

/// What the mixed batch asks for, in turn.
constexpr std::array mixed{
    std::pair{"prop_", "PROPERTY_VALUE"},   std::pair{"prop_", "CAP_RATE"},           std::pair{"prop_", "NOI_GROWTH"},
    std::pair{"lead_", "LEAD_SCORE"},       std::pair{"lead_", "LEAD_TIME_TO_CLOSE"}, std::pair{"user_", "MOVE_PROBABILITY"},
    std::pair{"user_", "TRANSACTION_TYPE"}, std::pair{"user_", "CONTACT_TIMING"},     std::pair{"user_", "EMAIL_ENGAGEMENT"}};

std::string replaced(std::string text, const std::string& id) {
    if (auto at = text.find("{}"); at != std::string::npos) text.replace(at, 2, id);
    return text;
}

struct Times {
    double p50_us = 0, p99_us = 0;
    std::uint64_t failed = 0;
};

Times times_of(std::vector<double> all, std::uint64_t failed) {
    std::ranges::sort(all);
    auto at = [&](double share) {
        return all.empty() ? NAN : all[std::min(all.size() - 1, static_cast<std::size_t>(share * static_cast<double>(all.size())))];
    };
    return {at(0.5), at(0.99), failed};
}

/// One after the other over one connection; `take` is shown every answer.
Times ask(int port, const std::vector<std::string>& requests, std::uint64_t count,
          const std::function<void(const HttpLoad::Answer&)>& take = {}) {
    std::vector<double> all;
    std::uint64_t failed = 0;
    HttpLoad load(
        {.port = port, .connections = 1, .depth = 1}, [&](std::uint64_t n) -> std::string_view { return requests[n % requests.size()]; },
        [&](const HttpLoad::Answer& answer) {
            if (answer.status == 200) all.push_back(answer.microseconds);
            failed += answer.status != 200;
            if (take) take(answer);
        });
    load.run(1e9, count);
    return times_of(std::move(all), failed);
}

/// Those of the demo's entities that the product answers for.
std::vector<std::string> known_ids(int port, const Question& question) {
    std::vector<std::string> ids{question.first_id}, requests, known;
    for (std::size_t number = 1; number <= 10 * entities_max; ++number) ids.push_back(fmt::format("{}{}", question.ids, number));
    for (const auto& id : ids) requests.push_back(post_of(question.path, "{" + replaced(question.with_reasons, id) + "}"));
    ask(port, requests, requests.size(), [&](const HttpLoad::Answer& answer) {
        if (answer.status == 200 && known.size() < entities_max) known.push_back(ids[answer.asked]);
    });
    return known;
}

/// An alternative way to ask the same of the same entities.
struct Way {
    const Question& question;
    const char* body;
    const std::vector<std::string>& ids;
};

Times measured(int port, const Way& way, std::uint64_t count) {
    std::vector<std::string> requests;
    for (const auto& id : way.ids) requests.push_back(post_of(way.question.path, "{" + replaced(way.body, id) + "}"));
    ask(port, requests, warm_up);
    return ask(port, requests, count);
}

struct Batch {
    Times times;
    std::uint64_t failed_rows = 0;
};

Batch measured_batch(int port, const std::map<std::string, std::vector<std::string>>& ids, const char* more) {
    std::string body = R"({"requests": [)";
    for (std::size_t row = 0; row < batch_rows; ++row) {
        const auto& [prefix, type] = mixed[row % mixed.size()];
        const auto& known = ids.at(prefix);
        body += fmt::format(R"({}{{"entity_id": "{}", "prediction_type": "{}"{}}})", row == 0 ? "" : ",",
                            known[row / mixed.size() % known.size()], type, more);
    }
    std::vector<std::string> requests{post_of("/v1/predict/batch", body + "]}")};
    Batch batch;
    batch.times = ask(port, requests, batches, [&](const HttpLoad::Answer& answer) {
        for (auto at = answer.body.find("\"error\":"); at != std::string_view::npos; at = answer.body.find("\"error\":", at + 1))
            ++batch.failed_rows;
    });
    return batch;
}

std::string text_of(double microseconds) {
    return std::isnan(microseconds) ? "–"
           : microseconds < 10'000  ? fmt::format("{:.0f} µs", microseconds)
                                    : fmt::format("{:.1f} ms", microseconds / 1000);
}

std::string json_of(const Times& times) {
    return std::isnan(times.p50_us) ? "null" : fmt::format(R"({{"p50_us":{:.0f},"p99_us":{:.0f}}})", times.p50_us, times.p99_us);
}

}  // namespace

int main(int argc, char** argv) {
    std::string program = argc > 1 ? argv[1] : "build/quoin", demo = argc > 2 ? argv[2] : "bench/.work/demo";
    auto requests = static_cast<std::uint64_t>(argc > 3 ? std::atoll(argv[3]) : 2000);
    auto is_made = std::filesystem::exists(std::filesystem::path(demo) / "features" / "states.qfs");
    if (!is_made && std::system(fmt::format("'{}' demo --dir '{}' --port 0 --once --quiet >&2", program, demo).c_str()) != 0) return 1;
    ServedProject server(program, demo);
    std::map<std::string, std::vector<std::string>> ids;
    std::string json;
    std::uint64_t failed = 0;
    fmt::print("{:<36} {:>9} {:>11} {:>11} {:>13} {:>13}\n", "one connection, one at a time", "entities", "p50", "p99", "p50 without",
               "p99 without");
    for (const auto& question : questions) {
        auto known = known_ids(server.port(), question);
        if (known.empty()) {
            fmt::print("{:<36} is not answered by this project\n", question.product);
            return 1;
        }
        auto full = measured(server.port(), {question, question.with_reasons, known}, requests);
        Times bare{NAN, NAN, 0};
        if (question.without_reasons) bare = measured(server.port(), {question, question.without_reasons, known}, requests);
        failed += full.failed + bare.failed;
        fmt::print("{:<36} {:>9} {:>11} {:>11} {:>13} {:>13}\n", question.product, known.size(), text_of(full.p50_us), text_of(full.p99_us),
                   text_of(bare.p50_us), text_of(bare.p99_us));
        json += fmt::format(R"({}"{}":{{"with_reasons":{},"without_reasons":{}}})", json.empty() ? "" : ",", question.product,
                            json_of(full), json_of(bare));
        auto& all = ids[question.ids];
        if (all.empty() || known.size() < all.size()) all = std::move(known);  // those that every product knows
    }
    auto full = measured_batch(server.port(), ids, ""), bare = measured_batch(server.port(), ids, R"(, "drivers": 0)");
    failed += full.times.failed + bare.times.failed + full.failed_rows + bare.failed_rows;
    fmt::print("{:<36} {:>9} {:>11} {:>11} {:>13} {:>13}\n", "batch of 1,000 mixed", batches, text_of(full.times.p50_us),
               text_of(full.times.p99_us), text_of(bare.times.p50_us), text_of(bare.times.p99_us));
    fmt::print("failed: {}\n", failed);
    fmt::print(R"({{"bench":"product_latency","requests":{},"products":{{{}}},"batch_of_1000":{{"with_reasons":{},"without_reasons":{}}},)"
               R"("failed":{}}})"
               "\n",
               requests, json, json_of(full.times), json_of(bare.times), failed);
    return failed == 0 ? 0 : 1;
}
