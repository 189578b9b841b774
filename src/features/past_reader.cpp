#include "features/past_reader.h"

#include <chrono>

#include "features/replay.h"

namespace quoin {
namespace {

constexpr std::uint64_t events_between_looks = 1024;  // at the clock

constexpr const char* remedy = "ask the log itself: quoin features as-of";

EventSource within(EventSource events, Duration time_max) {
    return [events = std::move(events), time_max](const std::function<Status(const Event&)>& take) {
        auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(time_max.value());
        std::uint64_t read = 0;
        return events([&](const Event& event) -> Status {
            if (++read % events_between_looks == 0 && std::chrono::steady_clock::now() > end)
                return fail(ErrorKind::unavailable, "the past was not read within {} s ({} events so far); {}",
                            time_max.value() / 1'000'000, read, remedy);
            return take(event);
        });
    };
}

EntityFrame frame_of(const PastQuestion& question, const std::string& entity) {
    EntityFrame frame{.at = {question.at}};
    frame.ids[entity] = {{0}, {question.id}};
    frame.tenants = {{0}, {question.tenant}};
    return frame;
}

/// The only row of a replay of all features of a view.
PastAnswer answer_of(const FeatureAnswers& answers, std::shared_ptr<const FeatureView> view, EventTime at) {
    const ViewAnswers& values = answers.views.front();
    PastAnswer answer{.features = {.view = std::move(view), .row = {}, .at = at}, .texts = answers.texts};
    FeatureRow& row = answer.features.row;
    values.get(0, row, *answers.texts);
    row.lists.resize(row.values.size());
    for (std::size_t place = 0; place < values.slots().size(); ++place) {
        auto items = values.list(0, place);
        row.lists[values.slots()[place]].assign(items.begin(), items.end());
    }
    answer.features.is_known = !row.event_time.is_missing() || answer.features.view->bindings().empty();
    answer.features.is_outside = answer.features.view->is_outside(row.event_time, at);
    return answer;
}

}  // namespace

Result<PastAnswer> PastFeatureReader::read(std::shared_ptr<const FeatureCatalog> catalog, const PastQuestion& question) const {
    auto view = std::ranges::find(catalog->views(), question.view, [](const auto& one) { return one->name(); });
    if (view == catalog->views().end()) return fail(ErrorKind::not_found, "there is no feature view '{}'", question.view.substr(0, 100));
    std::vector<FeaturePlace> features;
    for (std::uint16_t slot = 0; slot < (*view)->features().size(); ++slot) features.push_back({view->get(), slot});
    EntityFrame frame = frame_of(question, (*view)->entity());
    TRY(answers, replayed(catalog, features, frame, {.knowledge = question.knowledge, .wants_lists = true}));
    return answer_of(answers, *view, question.at);
}

Result<FeatureAnswers> PastFeatureReader::read_all(std::shared_ptr<const FeatureCatalog> catalog, std::span<const FeaturePlace> features,
                                                   const EntityFrame& frame) const {
    return replayed(std::move(catalog), features, frame, {});
}

Result<FeatureAnswers> PastFeatureReader::replayed(std::shared_ptr<const FeatureCatalog> catalog, std::span<const FeaturePlace> features,
                                                   const EntityFrame& frame, FeatureReplay::Options options) const {
    std::uint64_t last = log_.last_sequence();
    if (last > options_.events_max)
        return fail(ErrorKind::too_large, "the log has {} events, and a question about the past reads at most {}; {}", last,
                    options_.events_max, remedy);
    options.only = &frame;
    options.memory_bytes_max = options_.memory_bytes_max;
    options.threads = 1;
    TRY(replay, FeatureReplay::read(std::move(catalog), features, within(events_of(log_, last), options_.time_max), options));
    return replay.answer(frame);
}

}  // namespace quoin
