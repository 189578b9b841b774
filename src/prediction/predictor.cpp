#include "prediction/predictor.h"

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <cctype>
#include <chrono>
#include <map>
#include <mutex>

#include "base/json.h"
#include "base/parallel.h"
#include "prediction/drift_window.h"
#include "prediction/found_entities.h"
#include "prediction/prediction_id.h"
#include "prediction/product.h"
#include "prediction/query_row.h"
#include "prediction/replay.h"

namespace quoin {
namespace {

constexpr std::size_t block_queries = 64;  ///< of a batch that one thread answers at once

/// One live model with its counts. Counts belong to the model name and survive a swap; drift starts anew with each version.
struct Counts {
    Counter &predictions, &errors;
    Histogram& latency;
    std::atomic<std::int64_t> last_at{EventTime::missing().value()};
    std::atomic<double> latency_ms_sum{0};
};

struct Slot {
    std::shared_ptr<const LiveModel> live;
    std::shared_ptr<Counts> counts;
    std::shared_ptr<DriftWindow> drift;
};

std::uint8_t decile_of(const std::vector<double>& deciles, double score) {
    std::uint8_t decile = 0;
    for (double edge : deciles) decile = static_cast<std::uint8_t>(decile + (score >= edge));
    return decile;
}

char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

tl::unexpected<Error> no_model(const Product& product) {
    return fail(ErrorKind::not_found, "product '{}' has no live model yet; train and promote '{}' first", product.name, product.model);
}

using Slots = std::map<std::string, Slot, std::less<>>;

/// The model that answers among those that are live: the product's own, or the only one of its entity where the product says so.
Slots::const_iterator slot_of(const Product& product, const Slots& slots) {
    auto own = slots.find(product.model);
    if (own != slots.end() || !product.any_model || slots.size() != 1) return own;
    auto of_entity = [&](const std::string& entity) { return std::ranges::equal(entity, product.entity_type, {}, upper); };
    return of_entity(slots.begin()->second.live->model().entity) ? slots.begin() : own;
}

}  // namespace

struct Predictor::State {
    explicit State(Telemetry& told) : telemetry(told) {}
    Telemetry& telemetry;
    std::mutex swap_mutex;
    std::atomic<std::shared_ptr<const EntitySource>> entities;
    std::atomic<std::shared_ptr<const Slots>> slots{std::make_shared<const Slots>()};

    std::shared_ptr<Counts> new_counts(const std::string& model) {
        std::vector<Label> labels{{"model", model}};
        return std::shared_ptr<Counts>(
            new Counts{telemetry.counter("quoin_predictions_total", "Predictions answered.", labels),
                       telemetry.counter("quoin_prediction_errors_total", "Predictions that failed after their model was found.", labels),
                       telemetry.histogram("quoin_prediction_duration_seconds", "Time from query to recorded answer.", labels)});
    }
};

Predictor::Predictor(std::shared_ptr<RecordLog> records, Telemetry& telemetry, const Clock& clock)
    : records_(std::move(records)), clock_(&clock), state_(std::make_shared<State>(telemetry)) {}

std::shared_ptr<const EntitySource> Predictor::entities() const { return state_->entities.load(); }

void Predictor::set_entities(std::shared_ptr<const EntitySource> source) { state_->entities.store(std::move(source)); }

void Predictor::swap(std::shared_ptr<const LiveModel> model) {
    std::lock_guard lock(state_->swap_mutex);
    auto next = std::make_shared<Slots>(*state_->slots.load());
    auto& slot = (*next)[model->model().name];
    if (!slot.counts) slot.counts = state_->new_counts(model->model().name);
    slot.drift = std::make_shared<DriftWindow>();
    slot.live = std::move(model);
    state_->slots.store(std::move(next));
}

std::shared_ptr<const LiveModel> Predictor::live(std::string_view model) const {
    auto slots = state_->slots.load();
    auto found = slots->find(model);
    return found == slots->end() ? nullptr : found->second.live;
}

std::vector<std::shared_ptr<const LiveModel>> Predictor::all_live() const {
    std::vector<std::shared_ptr<const LiveModel>> all;
    for (const auto& [name, slot] : *state_->slots.load()) all.push_back(slot.live);
    return all;
}

Result<const Product*> Predictor::product_of(const PredictionQuery& query) const {
    return products_.of_type(query.prediction_type.empty() ? "PROPERTY_VALUE" : query.prediction_type);
}

Result<std::shared_ptr<const LiveModel>> Predictor::live_of(std::string_view product_name) const {
    TRY(product, products_.find(product_name));
    auto slots = state_->slots.load();
    auto found = slot_of(*product, *slots);
    if (found == slots->end()) return no_model(*product);
    return found->second.live;
}

Result<PredictionQuery> Predictor::filled(std::string_view product_name, const PredictionQuery& query) const {
    TRY(product, products_.find(product_name));
    TRY(live, live_of(product_name));
    auto entities = state_->entities.load();
    return filled_in({live.get(), product, entities.get(), clock_->now()}, query);
}

Result<Prediction> Predictor::predict(std::string_view product_name, const PredictionQuery& query) {
    TRY(product, products_.find(product_name));
    const PredictionQuery* queries[] = {&query};
    auto entities = state_->entities.load();
    return std::move(answer(*product, queries, entities.get()).front());
}

/// Queries of one product: filled in, answered in one piece, recorded together. One that fails leaves the others alone.
std::vector<Result<Prediction>> Predictor::answer(const Product& product, std::span<const PredictionQuery* const> queries,
                                                  const EntitySource* entities) {
    auto started = std::chrono::steady_clock::now();
    auto slots = state_->slots.load();
    auto found = slot_of(product, *slots);
    if (found == slots->end()) return {queries.size(), no_model(product)};
    const auto& slot = found->second;
    auto now = clock_->now();
    Asking asking{slot.live.get(), &product, entities, now};
    auto challenge = challenges_ ? challenges_->against(*slot.live, product.name) : nullptr;
    auto answers = challenge ? contested(asking, challenge, queries) : answered(*records_, asking, queries);
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    slot.counts->latency.observe(took.count());
    for (auto& one : answers) {
        if (!one) {
            slot.counts->errors.add();
            continue;
        }
        one->latency_ms = took.count() * 1000;
        slot.counts->predictions.add();
        slot.counts->latency_ms_sum.fetch_add(one->latency_ms, std::memory_order_relaxed);
        if (one->artifact == slot.live->artifact()) slot.drift->add(decile_of(slot.live->model().training_deciles, one->score));
    }
    slot.counts->last_at.store(now.value(), std::memory_order_relaxed);
    return answers;
}

Result<PredictionQuery> Predictor::filled_in(const Asking& asking, PredictionQuery query) {
    const auto& [live, product, entities, now] = asking;
    if (query.levels.empty()) query.levels = product->levels;
    TRY(filled, live->fill(std::move(query), product->valuation_time(live->model(), now), entities));
    if (product->missing_refused_above < 1) {
        TRY(raw, raw_row(live->model(), filled));
        TRY_VOID(product->check_missing(live->model(), raw));
    }
    return filled;
}

std::vector<Result<Prediction>> Predictor::answered(RecordLog& log, const Asking& asking, std::span<const PredictionQuery* const> queries,
                                                    Ids ids) {
    std::vector<Result<Prediction>> answers;
    std::vector<PredictionQuery> filled;
    std::vector<std::size_t> places;
    for (const auto* query : queries) {
        auto one = filled_in(asking, *query);
        answers.emplace_back(one ? Result<Prediction>(Prediction{}) : tl::unexpected(one.error()));
        if (!one) continue;
        filled.push_back(std::move(*one));
        places.push_back(answers.size() - 1);
    }
    auto made = asking.live->answers(filled);
    std::vector<std::string> texts(made.size());  // of the questions, until they are copied into the log
    std::vector<PredictionRecordView> records;
    records.reserve(made.size());
    for (std::size_t k = 0; k < made.size(); ++k) {
        auto& target = answers[places[k]];
        target = std::move(made[k]);
        if (!target) continue;
        target->id = ids.empty() ? prediction_id(asking.now) : ids[places[k]];
        target->product = asking.product->name;
        target->prediction_type = asking.product->prediction_type;
        target->entity_type = filled[k].entity_type.empty() ? asking.product->entity_type : filled[k].entity_type;
        target->asked_at = asking.now;
        target->text = replayable_text(*target);
        texts[k] = query_text(filled[k]);
        auto& record = records.emplace_back();
        record.id = target->id;
        record.asked_at = asking.now;
        record.model = target->model;
        record.model_version = target->model_version;
        record.artifact = target->artifact;
        record.query_json = texts[k];
        record.answer_json = target->text;
    }
    auto recorded = log.append(records);
    for (auto& one : answers)
        if (one && !recorded) one = tl::unexpected(recorded.error());
    return answers;
}

bool Predictor::reads_past(std::string_view product_name, const PredictionQuery& query) const {
    auto live = live_of(product_name);
    if (!live) return false;
    const Product& product = **products_.find(product_name);
    return (*live)->past_of(query, product.valuation_time((*live)->model(), clock_->now())).has_value();
}

/// Those whose finding waits, each kind with one wait.
std::shared_ptr<const EntitySource> Predictor::found_together(std::span<const PredictionQuery> queries,
                                                              std::shared_ptr<const EntitySource> source) const {
    if (!source) return source;
    auto slots = state_->slots.load();
    auto now = clock_->now();
    std::map<std::string, std::vector<EntityId>> by_model;
    std::map<std::string, std::vector<EntitySource::Past>> past_by_model;
    for (const PredictionQuery& query : queries) {
        auto product = product_of(query);
        if (!product || !query.entity) continue;
        auto slot = slot_of(**product, *slots);
        if (slot == slots->end()) continue;
        const auto& live = *slot->second.live;
        if (auto past = live.past_of(query, (*product)->valuation_time(live.model(), now))) {
            past_by_model[slot->first].push_back(std::move(*past));
        } else if (source->waits()) {
            by_model[slot->first].push_back(*query.entity);
        }
    }
    if (by_model.empty() && past_by_model.empty()) return source;
    auto found = std::make_shared<FoundEntities>(std::move(source));
    for (const auto& [model, entities] : by_model) found->look_up(slots->at(model).live, entities);
    for (const auto& [model, asked] : past_by_model) found->look_up_past(slots->at(model).live, asked);
    return found;
}

std::vector<Result<Prediction>> Predictor::predict_batch(std::span<const PredictionQuery> queries) {
    std::vector<Result<Prediction>> answers(queries.size(), fail(ErrorKind::internal, "not answered"));
    std::map<const Product*, std::vector<std::size_t>> by_product;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        auto product = product_of(queries[i]);
        if (product) {
            by_product[*product].push_back(i);
        } else {
            answers[i] = tl::unexpected(product.error());
        }
    }
    auto entities = found_together(queries, state_->entities.load());
    for (const auto& [product, places] : by_product) {
        auto answer_block = [&, product = product, &places = places](std::size_t block) {
            auto own = std::span(places).subspan(block * block_queries);
            own = own.first(std::min(block_queries, own.size()));
            std::vector<const PredictionQuery*> asked;
            for (auto place : own) asked.push_back(&queries[place]);
            auto made = answer(*product, asked, entities.get());
            for (std::size_t k = 0; k < own.size(); ++k) answers[own[k]] = std::move(made[k]);
        };
        parallel_for((places.size() + block_queries - 1) / block_queries, answer_block);
    }
    return answers;
}

ModelTraffic Predictor::traffic(std::string_view model) const {
    auto slots = state_->slots.load();
    auto found = slots->find(model);
    if (found == slots->end()) return {};
    const auto& counts = *found->second.counts;
    return {static_cast<std::uint64_t>(counts.predictions.value()), static_cast<std::uint64_t>(counts.errors.value()),
            counts.latency_ms_sum.load(std::memory_order_relaxed), EventTime{counts.last_at.load(std::memory_order_relaxed)},
            found->second.drift->drifted()};
}

}  // namespace quoin
