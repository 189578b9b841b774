#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_time.h"
#include "models/conditional_quantiles.h"
#include "prediction/counterfactual.h"
#include "prediction/query.h"

namespace quoin {

/// One reason: how far a feature (or a group of features with one meaning) moved the answer away from the typical one.
struct Driver {
    std::string feature;  ///< column name: "sqft_living"
    std::string label;    ///< in words: "living area"
    FeatureValue value;
    double contribution;                 ///< on the model's scale (log dollars): exact SHAP value
    double amount;                       ///< in the label's unit (dollars): logarithmic-mean decomposition (LMDI, Ang 2004); amounts add up
    std::optional<double> hazard_ratio;  ///< of a model of times: e^contribution, what it multiplies the hazard by
    std::string sentence;                ///< "living area of 1,180 lowers the value by $61,300"
};

struct LevelInterval {
    double level, lower, upper;
};

/// A past sale that the model sees as similar.
struct Comparable {
    std::string id;
    double price;
    EventTime sold;
    double similarity;      ///< 0 to 1: share of trees in which both end in the same leaf, weighted by member
    double distance_km;     ///< NaN without coordinates
    double adjusted_price;  ///< the sale's price moved to the subject's features and date by the model: price · f(subject)/f(sale)
    std::vector<std::pair<std::string, FeatureValue>> features;
};

/// What a model of several classes says of one of them.
struct ClassProbability {
    std::string level;
    double probability;
};

/// When to contact somebody.
struct ContactTime {
    struct Slot {
        std::string day;  ///< "Tuesday"
        int hour;         ///< from hour:00, where the user is
        double share;     ///< expected part of the user's actions
    };
    Slot best;
    double day_share, hour_share;    ///< expected parts of the actions on that day, and at that hour
    double crowd_share;              ///< of the same hour of the week, among everybody
    double actions;                  ///< the user's own that are known
    std::vector<Slot> alternatives;  ///< on other days, best first
};

/// When something happens, if it does.
struct TimeAnswer {
    struct Point {
        double time, event, competing;  ///< P(it has happened by then), P(it has been ruled out by then)
    };
    std::string event, competing;                      ///< "closed", "lost"; competing may be empty
    std::string unit;                                  ///< "days"
    double horizon = 0, probability = 0;               ///< of the event within the horizon
    std::vector<std::pair<double, double>> quantiles;  ///< share of the events within the horizon → time
    std::vector<Point> distribution;
    std::vector<Counterfactual> accelerations;  ///< what would hasten it, by the model: one movable input each, best first
};

/// The same home after a change.
struct WhatIf {
    std::string name;      ///< "condition 3 → 5"
    double value, change;  ///< dollars
};

/// What the same home is foreseen to be worth later: its value moved as the market is foreseen to move.
struct FutureValue {
    int months_ahead = 0;
    EventTime date;
    double value = 0;
    LevelInterval interval;  ///< its own and the market's uncertainty together, at the first level asked for
};

/// An answer is a record: everything needed to reproduce it is fixed together under one id.
struct Prediction {
    std::string id;       ///< "pred_" and 32 hexadecimal digits
    std::string product;  ///< "property_value"
    std::string prediction_type, entity_type;
    std::string entity_id;                       ///< empty when features were given without one
    std::string model, model_version, artifact;  ///< artifact: digest of the trained model
    EventTime asked_at, as_of, data_from, data_to;
    double score = 0;             ///< the answer on the model's own scale
    double value = 0;             ///< dollars, or a probability for a binary model
    std::string predicted_class;  ///< price band in words, the class, or "Tuesday 18:00"
    double typical_value = 0;     ///< what the amounts of the drivers start from
    std::vector<LevelInterval> intervals;
    std::vector<QuantileValue> quantiles;    ///< in the label's unit; of a model with quantiles
    double forecast_standard_deviation = 0;  ///< FSD: half the 68.27 % interval relative to the value
    double confidence = 0;                   ///< 0 to 1: 1 − FSD, at least 0
    double agreement = 1;                    ///< of the members about a probability: 1 − 2 Σ weight |own − weighted mean|; else 1
    double percentile = 0;                   ///< of a probability among those in training, 0 to 100 (percentile_score); else 0
    std::vector<Driver> drivers;             ///< largest |contribution| first, at most as many as asked
    std::vector<Comparable> comparables;
    std::vector<WhatIf> what_if;
    std::vector<FutureValue> forecast;                  ///< of a regression that follows a market: the months ahead
    std::vector<ClassProbability> class_probabilities;  ///< multiclass: most probable first
    std::optional<TimeAnswer> time;                     ///< survival
    std::optional<ContactTime> contact;                 ///< contact timing
    std::vector<std::string> notes;                     ///< unseen categories, missing features, extrapolation
    double latency_ms = 0;
    std::string text;  ///< replayable_text of the others, once the record is made
};

/// The answer as a JSON object in document 003's shape with the further fields of document 001's valuation (value, intervals, drivers,
/// comparables, …), without what differs each time that it is given: id, times, latency. A replay gives the same bytes.
std::string replayable_text(const Prediction& prediction);

/// The whole answer: `replayable`, which is replayable_text(prediction), with id, date and latency around it.
std::string answer_json(const Prediction& prediction, std::string_view replayable);

}  // namespace quoin
