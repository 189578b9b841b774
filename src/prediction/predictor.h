#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/telemetry.h"
#include "prediction/answer.h"
#include "prediction/challenges.h"
#include "prediction/live_model.h"
#include "prediction/product.h"
#include "prediction/query.h"
#include "prediction/record_log.h"

namespace quoin {

/// Counts of one live model, for its health page.
struct ModelTraffic {
    std::uint64_t predictions = 0, errors = 0;
    double latency_ms_sum = 0;
    EventTime last_prediction_at = EventTime::missing();
    bool drift_detected = false;  ///< the last predictions differ from training: PSI over the deciles of the training predictions > 0.2
};

/// entity → features → model version → answer, interval, reasons, record. One per process; every method is thread-safe, and answers go on
/// with the version they started with while `swap` puts another one in.
class Predictor {
public:
    Predictor(std::shared_ptr<RecordLog> records, Telemetry& telemetry, const Clock& clock = system_clock());

    /// What can be asked for; until then nothing. Before the first question: not thread-safe.
    void set_products(ProductCatalog products) { products_ = std::move(products); }
    const ProductCatalog& products() const { return products_; }
    /// Where entities are looked up from now on, before the models' own reference rows.
    void set_entities(std::shared_ptr<const EntitySource> source);
    /// The experiments that take part in answers from now on. Before the first question: not thread-safe.
    void set_challenges(std::shared_ptr<Challenges> challenges) { challenges_ = std::move(challenges); }
    /// Makes `model` the live version of its product; requests in flight finish on the former one.
    void swap(std::shared_ptr<const LiveModel> model);
    /// The live version of a model name; null if there is none.
    std::shared_ptr<const LiveModel> live(std::string_view model) const;
    std::vector<std::shared_ptr<const LiveModel>> all_live() const;

    /// The live version that answers a product now. Error: not_found, naming what to train.
    Result<std::shared_ptr<const LiveModel>> live_of(std::string_view product) const;

    /// One answer of one product ("property_value"), recorded. Error: not_found (unknown product, model not trained, unknown entity),
    /// invalid (a feature the model does not know or of the wrong type; `field` says which), unavailable (record log full).
    Result<Prediction> predict(std::string_view product, const PredictionQuery& query);
    /// Whether the answer reads features of the past, which takes seconds.
    bool reads_past(std::string_view product, const PredictionQuery& query) const;
    /// Many at once on all cores; one failure does not touch the others; order kept.
    std::vector<Result<Prediction>> predict_batch(std::span<const PredictionQuery> queries);

    /// The question as its model will see it, every feature of the entity filled in. Error: as predict.
    Result<PredictionQuery> filled(std::string_view product, const PredictionQuery& query) const;

    ModelTraffic traffic(std::string_view model) const;
    RecordLog& records() { return *records_; }

private:
    std::shared_ptr<const EntitySource> found_together(std::span<const PredictionQuery> queries,
                                                       std::shared_ptr<const EntitySource> source) const;
    std::shared_ptr<const EntitySource> entities() const;

    struct State;
    /// Who answers what, as of when.
    struct Asking {
        const LiveModel* live;
        const Product* product;
        const EntitySource* entities;  ///< nullptr: none
        EventTime now;
    };
    std::vector<Result<Prediction>> answer(const Product& product, std::span<const PredictionQuery* const> queries,
                                           const EntitySource* entities);
    static Result<PredictionQuery> filled_in(const Asking& asking, PredictionQuery query);
    using Ids = std::span<const std::string>;  ///< of the answers; none: random
    static std::vector<Result<Prediction>> answered(RecordLog& records, const Asking& asking,
                                                    std::span<const PredictionQuery* const> queries, Ids ids = {});
    std::vector<Result<Prediction>> contested(const Asking& asking, const std::shared_ptr<const Challenge>& challenge,
                                              std::span<const PredictionQuery* const> queries);
    std::vector<Result<Prediction>> by_arms(const Asking& asking, const Challenge& challenge,
                                            std::span<const PredictionQuery* const> queries);
    static bool takes_part(const Asking& asking, const PredictionQuery& query);
    void ask_silently(const Asking& asking, std::shared_ptr<const Challenge> challenge, std::span<const PredictionQuery* const> queries,
                      std::span<const Result<Prediction>> answers);
    Result<const Product*> product_of(const PredictionQuery& query) const;
    std::shared_ptr<RecordLog> records_;
    const Clock* clock_;
    ProductCatalog products_;
    std::shared_ptr<Challenges> challenges_;
    std::shared_ptr<State> state_;
};

}  // namespace quoin
