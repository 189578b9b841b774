#include "features/pipeline.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/digest.h"
#include "features/pipeline_values.h"
#include "features/statistics_store.h"
#include "store/blobs.h"

namespace quoin {
namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

Status write_text(const std::filesystem::path& file, const std::string& text) {
    return write_file_atomically(file, std::as_bytes(std::span(text)));
}

/// What the run's features are computed by.
std::string digest_of(const FeatureCatalog& catalog, std::span<const FeaturePlace> features) {
    std::string text;
    for (const FeaturePlace& feature : features)
        text += fmt::format("{}:{} {}\n", feature.view->name(), feature.slot, catalog.computation_digest(*feature.view));
    return sha256_hex(text);
}

class Pipeline {
public:
    Pipeline(std::shared_ptr<const FeatureCatalog> catalog, const EventSource& events, const PipelineOptions& options, Progress& progress)
        : catalog_(std::move(catalog)), events_(events), options_(options), progress_(progress), start_(Steady::now()) {
        features_ = options.features;
        if (features_.empty())
            for (const auto& view : catalog_->views())
                for (std::uint16_t slot = 0; slot < view->features().size(); ++slot) features_.push_back({view.get(), slot});
    }

    Result<PipelineReport> run() {
        TRY_VOID(begin());
        if (report_.is_finished()) return report_;
        TRY(store, StatisticsStore::open(options_.folder / "statistics.db"));
        store_ = &store;
        for (std::size_t i = 0; i < pipeline_steps.size(); ++i) {
            progress_.phase(pipeline_steps[i], 1);
            if (report_.steps[i].state != PipelineStep::State::done || (i == 0 && !all_computed())) TRY_VOID(run_step(i));
            progress_.step();
        }
        return report_;
    }

private:
    std::filesystem::path folder() const { return options_.folder / "runs" / report_.run; }

    /// Takes the run up where its report says it is. What was computed by another catalog begins anew.
    Status begin() {
        report_.run = fmt::format("{}-{:012}", options_.day, options_.sequence);
        report_.day = options_.day, report_.sequence = options_.sequence, report_.as_of = options_.as_of;
        report_.catalog = digest_of(*catalog_, features_);
        for (const char* name : pipeline_steps) report_.steps.push_back({.name = name, .note = {}});
        std::error_code failure;
        auto file = folder() / "report.json";
        if (std::filesystem::exists(file)) {
            TRY(mapped, MappedFile::open(file));
            TRY(former, read_report(mapped.text()));
            if (former.is_finished() || (former.catalog == report_.catalog && former.as_of == report_.as_of)) report_ = std::move(former);
            else std::filesystem::remove_all(folder() / "staging", failure);
        }
        if (report_.is_finished()) return {};
        std::filesystem::create_directories(folder() / "staging", failure);
        if (failure) return fail(ErrorKind::unavailable, "cannot make '{}': {}", (folder() / "staging").string(), failure.message());
        values_ = std::make_unique<PipelineValues>(PipelineValues::Options{.folder = folder() / "staging",
                                                                           .features = features_,
                                                                           .as_of = report_.as_of,
                                                                           .block_rows = options_.block_rows,
                                                                           .may_go_on = [this] { return may_go_on(); }});
        return {};
    }

    bool all_computed() const { return values_->is_computed(PipelineValues::everything); }

    Status may_go_on() const {
        double limit = static_cast<double>(options_.time_out.value()) / 1e6;
        if (seconds_since(start_) <= limit) return {};
        return fail(ErrorKind::unavailable, "run {} takes longer than {}; start it again and it goes on", report_.run,
                    to_text(options_.time_out));
    }

    Status save() { return write_text(folder() / "report.json", report_json_text(report_)); }

    Status run_step(std::size_t place) {
        PipelineStep& step = report_.steps[place];
        for (unsigned attempt = 1;; ++attempt) {
            TRY_VOID(may_go_on());
            auto begun = Steady::now();
            ++step.attempts;
            Status outcome = do_step(place, step.note);
            step.seconds = seconds_since(begun);
            step.state = outcome ? PipelineStep::State::done : PipelineStep::State::failed;
            if (!outcome) step.note = outcome.error().message;
            if (outcome && place + 1 == pipeline_steps.size()) return finish();
            TRY_VOID(save());
            bool is_worth_trying = !outcome && outcome.error().kind == ErrorKind::unavailable && attempt <= options_.retries;
            if (!is_worth_trying) return outcome;
            if (options_.wait) options_.wait(options_.retry_delay);
            else std::this_thread::sleep_for(std::chrono::microseconds(options_.retry_delay.value()));
        }
    }

    Status do_step(std::size_t place, std::string& note) {
        switch (place) {
            case 0: return extract(note);
            case 1: return compute(PipelineValues::behavioural, note);
            case 2: return compute(PipelineValues::property, note);
            case 3: return compute(PipelineValues::market, note);
            case 4: return validate(note);
            case 5: return store(note);
            default: return update_statistics(note);
        }
    }

    Status extract(std::string& note) {
        FeatureReplay::Options replay = options_.replay;
        for (const FeaturePlace& feature : features_)
            replay.wants_lists = replay.wants_lists || is_list(feature.view->features()[feature.slot].declaration->type);
        EventSource until = [&](const std::function<Status(const Event&)>& take) {
            return events_([&](const Event& event) { return event.sequence > options_.sequence ? Status{} : take(event); });
        };
        TRY(made, FeatureReplay::read(catalog_, features_, until, std::move(replay)));
        replay_ = std::make_unique<FeatureReplay>(std::move(made));
        report_.events = replay_->counts().events;
        note = fmt::format("{} events, {} kept by entity", report_.events, replay_->counts().records);
        return {};
    }

    Status compute(PipelineValues::Part part, std::string& note) {
        if (!replay_ && !values_->is_computed(part)) return fail(ErrorKind::internal, "features are to be computed without events");
        std::uint64_t rows = 0;
        if (replay_) {
            TRY(computed, values_->compute(*replay_, part));
            rows = computed;
        }
        note = fmt::format("{} views, {} rows", values_->views(part).size(), rows);
        return {};
    }

    Status validate(std::string& note) {
        TRY(statistics, values_->statistics());
        TRY(former,
            store_->before({.run = report_.run, .day = report_.day, .sequence = report_.sequence, .as_of = report_.as_of, .finished = {}}));
        report_.gates = judge_quality(statistics, former, options_.rules);
        TRY_VOID(write_text(folder() / "report.md", report_markdown(report_, statistics)));
        auto failed = std::ranges::count(report_.gates, false, &QualityResult::passed);
        note = fmt::format("{} of {} gates passed", static_cast<std::ptrdiff_t>(report_.gates.size()) - failed, report_.gates.size());
        if (failed == 0 || options_.stores_anyway) return {};
        auto first = std::ranges::find(report_.gates, false, &QualityResult::passed);
        return fail(ErrorKind::conflict, "{} of {} quality gates did not pass, the first: {}", failed, report_.gates.size(),
                    first->message);
    }

    Status store(std::string& note) {
        TRY(views, values_->store(options_.folder / "values", report_.day, report_.run));
        report_.views = std::move(views);
        note = fmt::format("{} files under values/", report_.views.size());
        return {};
    }

    Status update_statistics(std::string& note) {
        TRY(statistics, values_->statistics());
        StatisticsRun run{.run = report_.run,
                          .day = report_.day,
                          .sequence = report_.sequence,
                          .as_of = report_.as_of,
                          .finished = options_.clock.now(),
                          .passed = report_.passed()};
        TRY_VOID(store_->put(run, statistics, report_.gates, *catalog_));
        note = fmt::format("{} features", statistics.size());
        return {};
    }

    Status finish() {
        report_.finished = options_.clock.now();
        TRY(statistics, values_->statistics());
        TRY_VOID(write_text(folder() / "report.md", report_markdown(report_, statistics)));
        TRY_VOID(save());
        std::error_code failure;
        std::filesystem::remove_all(folder() / "staging", failure);
        return {};
    }

    std::shared_ptr<const FeatureCatalog> catalog_;
    const EventSource& events_;
    const PipelineOptions& options_;
    Progress& progress_;
    Steady::time_point start_;
    std::vector<FeaturePlace> features_;
    PipelineReport report_;
    StatisticsStore* store_ = nullptr;
    std::unique_ptr<PipelineValues> values_;
    std::unique_ptr<FeatureReplay> replay_;
};

}  // namespace

Result<PipelineReport> run_pipeline(std::shared_ptr<const FeatureCatalog> catalog, const EventSource& events,
                                    const PipelineOptions& options, Progress& progress) {
    return Pipeline(std::move(catalog), events, options, progress).run();
}

}  // namespace quoin
