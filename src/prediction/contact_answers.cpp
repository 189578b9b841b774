// When to contact a user: the crowd's days and hours, moved by what is known of the user's own.

#include <algorithm>
#include <cmath>

#include "prediction/live_model.h"
#include "prediction/query_row.h"
#include "prediction/wording.h"

namespace quoin {
namespace {

constexpr std::size_t alternatives_told = 3;
constexpr double actions_few = 5;  ///< below, the answer says how little it rests on

std::string hour_text(std::size_t hour) { return fmt::format("{:02d}:00", hour); }

ContactTime told(const ContactTimes::Answer& answer) {
    auto slot = [](const ContactTimes::Slot& one) { return ContactTime::Slot{day_name(one.day), static_cast<int>(one.hour), one.share}; };
    ContactTime contact{slot(answer.best), answer.day_share, answer.hour_share, answer.crowd_share, answer.actions, {}};
    for (const auto& other : answer.alternatives) contact.alternatives.push_back(slot(other));
    return contact;
}

/// One factor of the answer: the log of how much more of the user's actions fall into a day or an hour than of the crowd's. The two
/// contributions add up to log(share / crowd's share), their amounts to the difference.
struct Factor {
    std::size_t input;
    double share, crowd;
    std::string when;
};

Driver driver_of(const TrainedModel& model, const Factor& factor, double count, double scale) {
    const auto& input = model.encoder.inputs()[factor.input];
    Driver driver{.feature = input.name, .label = input.label, .value = feature_value(input, count)};
    driver.contribution = std::log(factor.share / factor.crowd);
    driver.amount = driver.contribution * scale;
    driver.sentence = fmt::format("{}: {}; {:.1f} % of the actions are expected {}, of everybody's {:.1f} %", input.label,
                                  value_text(input, driver.value), 100 * factor.share, factor.when, 100 * factor.crowd);
    return driver;
}

std::vector<Driver> drivers_of(const TrainedModel& model, const ContactTimes::Answer& answer, std::span<const double> counts) {
    const auto& times = *model.contact_times;
    auto [day, hour, share] = answer.best;
    double ratio = std::log(share / answer.crowd_share);
    double scale = std::abs(ratio) < 1e-12 ? share : (share - answer.crowd_share) / ratio;
    Factor factors[] = {{day, answer.day_share, times.by_day.mean(day), fmt::format("on a {}", day_name(day))},
                        {ContactTimes::days + hour, answer.hour_share, times.by_hour.mean(hour), "from " + hour_text(hour)}};
    std::vector<Driver> drivers;
    for (const auto& factor : factors) drivers.push_back(driver_of(model, factor, counts[factor.input], scale));
    std::ranges::stable_sort(drivers, [](const auto& a, const auto& b) { return std::abs(a.contribution) > std::abs(b.contribution); });
    return drivers;
}

}  // namespace

std::vector<Result<Prediction>> LiveModel::contact_answers(std::span<const PredictionQuery> filled) const {
    std::vector<Result<Prediction>> answers;
    for (const auto& query : filled) answers.push_back(contact_answer(query));
    return answers;
}

Result<Prediction> LiveModel::contact_answer(const PredictionQuery& query) const {
    const auto& model = *model_;
    TRY(counts, raw_row(model, query));
    for (std::size_t k = 0; k < counts.size(); ++k)
        if (counts[k] < 0 || std::isinf(counts[k]))
            return fail_field(ErrorKind::invalid, "/features/" + model.encoder.inputs()[k].name, "a count of actions is 0 or more, not {}",
                              counts[k]);
    auto answer = model.contact_times->answer(counts, alternatives_told);
    auto prediction = begun(query);
    prediction.score = prediction.value = answer.best.share;
    prediction.predicted_class = fmt::format("{} {}", day_name(answer.best.day), hour_text(answer.best.hour));
    prediction.confidence = answer.confidence;
    prediction.contact = told(answer);
    for (auto level : query.levels) {
        auto interval = credible_interval(answer, level);
        prediction.intervals.push_back({level.value(), interval.lower, interval.upper});
    }
    if (query.drivers > 0) {
        prediction.typical_value = answer.crowd_share;
        prediction.drivers = drivers_of(model, answer, counts);
        prediction.drivers.resize(std::min(prediction.drivers.size(), query.drivers));
    }
    if (answer.actions == 0) {
        prediction.notes.push_back("no action of this user in the last 90 days is known: the answer is the crowd's");
    } else if (answer.actions < actions_few) {
        prediction.notes.push_back(
            fmt::format("only {:.0f} actions of this user are known: the answer is mostly the crowd's", answer.actions));
    }
    return prediction;
}

}  // namespace quoin
