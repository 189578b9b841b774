#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/ratio_study.h"
#include "registry/registry.h"

namespace quoin {

/// Everything a model card shows (Mitchell et al. 2019, "Model Cards for Model Reporting"). Filled by the training job.
struct CardContent {
    std::string model, version, owner, intended_use, out_of_scope_use, label, entity, unit;  ///< unit: "USD" or ""
    EventTime trained_at, data_from = EventTime::missing(), data_to = EventTime::missing();
    std::size_t training_rows = 0;
    std::string data_source, data_digest;
    struct Member {
        std::string family;
        double weight;
        std::string summary;  ///< "512 trees, 16 384 leaves"
    };
    std::vector<Member> members;
    /// One table: metric rows × owners (champion first, then baselines), for each split.
    struct MetricTable {
        std::string title;
        std::vector<std::string> owners;
        std::vector<std::pair<std::string, std::vector<double>>> rows;
    };
    std::vector<MetricTable> metrics;
    std::vector<GateOutcome> gates;
    std::vector<std::pair<double, double>> coverage_curve;   ///< nominal level → empirical coverage
    std::vector<std::pair<std::string, double>> importance;  ///< feature → share, descending
    struct DecileLine {
        std::string name;  ///< "$78k – $245k"
        std::size_t rows;
        double median_ratio, mdape, coverage95;
    };
    std::vector<DecileLine> price_deciles;
    /// One attribute of people that the model has not seen: a line per group, the reference first.
    struct GroupTable {
        std::string attribute;          ///< "race, beside white"
        std::vector<std::string> head;  ///< "Group", "Rows", …
        std::vector<std::vector<std::string>> rows;
        std::vector<std::string> notes;  ///< sentences: groups too small to compare
    };
    std::vector<GroupTable> groups;
    std::optional<RatioStudy> ratio_study;
    std::optional<RatioIntervals> ratio_intervals;
    std::vector<std::pair<std::string, std::vector<double>>> learning_curves;  ///< family → loss per round
    std::vector<std::pair<double, double>> calibration;  ///< predicted → observed (binned); binary: probability → rate
    std::vector<std::string> warnings;                   ///< leaks looked for and found, small segments, drift
};

/// A self-contained page (inline CSS and SVG, light and dark, printable, no script, no external reference).
std::string render_card_html(const CardContent& content);
std::string render_card_markdown(const CardContent& content);

}  // namespace quoin
