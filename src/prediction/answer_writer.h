#pragma once

#include <cmath>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "prediction/answer.h"

namespace quoin {

/// Numbers to a sensible number of digits: records and answers are read by people, and the last bits say nothing.
inline double rounded(double value, double step) { return std::round(value / step) * step; }

/// Writes the parts of an answer, in the same words wherever they appear. Not thread-safe.
class AnswerWriter {
public:
    explicit AnswerWriter(JsonWriter& json) : json_(json) {}
    JsonWriter& key(std::string_view name) { return json_.key(name); }

    void money(double value);  ///< to a cent, below 100 to a millionth
    void share(double value);  ///< to a millionth
    void time(EventTime value);
    void feature_name(const std::string& feature);  ///< view:feature in two members; callers know a feature by its own name

    // The members of an object that is open.
    void add(const Driver& driver);
    void add(const Comparable& comparable);
    void add(const QuantileValue& quantile);
    void add(const WhatIf& what_if);
    void add(const FutureValue& future);
    void add(const ContactTime::Slot& slot);
    void add(const InputChange& change);
    void add(const Counterfactual& counterfactual);
    void add(const TimeAnswer::Point& point);

    void contact(const ContactTime& contact);
    void time_to_event(const TimeAnswer& time);
    void classes(const std::vector<ClassProbability>& classes);
    void intervals(const std::vector<LevelInterval>& intervals);
    void texts(std::string_view name, const std::vector<std::string>& texts);

    template <class Item>
    void list(std::string_view name, const std::vector<Item>& items) {
        key(name).begin_array();
        for (const Item& item : items) {
            json_.begin_object();
            add(item);
            json_.end_object();
        }
        json_.end_array();
    }

private:
    JsonWriter& json_;
};

}  // namespace quoin
