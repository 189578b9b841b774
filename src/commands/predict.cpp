#include <algorithm>
#include <unordered_map>

#include "base/parallel.h"
#include "commands/command.h"
#include "commands/terminal.h"
#include "control/project.h"
#include "learning/trainer.h"
#include "prediction/drivers.h"
#include "table/read.h"
#include "table/write.h"

namespace quoin::command {

CommandEntry predict();

namespace {

constexpr std::size_t chunk_rows = 8192;
constexpr std::size_t block_rows = 64;  ///< explained at once by a thread

/// Text as a column; an empty text is missing.
Categories categories_of(const std::vector<std::string>& texts) {
    Categories categories;
    std::unordered_map<std::string, std::int32_t> codes;
    for (const auto& text : texts) {
        if (text.empty()) {
            categories.codes.push_back(Categories::missing);
            continue;
        }
        auto [known, added] = codes.emplace(text, static_cast<std::int32_t>(categories.levels.size()));
        if (added) categories.levels.push_back(text);
        categories.codes.push_back(known->second);
    }
    return categories;
}

/// The rows as they came, with the answer's columns after them.
Result<Table> answered(const TrainedModel& model, const Table& rows, std::span<const Probability> levels, std::size_t reasons) {
    TRY(batch, predict_rows(model, rows, levels));
    Table result = rows;
    auto add = [&](std::string name, Numbers values) { return result.add({std::move(name), std::move(values)}); };
    TRY_VOID(add("predicted_" + model.label, batch.values));
    for (std::size_t k = 0; k < batch.intervals.size(); ++k) {
        Numbers lower, upper;
        for (const auto& [low, high] : batch.intervals[k]) {
            lower.push_back(low);
            upper.push_back(high);
        }
        auto percent = fmt::format("{:g}", levels[k].value() * 100);
        TRY_VOID(add("lower_" + percent, std::move(lower)));
        TRY_VOID(add("upper_" + percent, std::move(upper)));
    }
    if (reasons == 0) return result;
    TRY(raw, model.encoder.raw(rows));
    std::vector<std::vector<std::string>> sentences(reasons, std::vector<std::string>(rows.rows()));
    parallel_for((rows.rows() + block_rows - 1) / block_rows, [&](std::size_t block) {
        auto first = block * block_rows;
        auto own = raw.view().rows_between(first, std::min(first + block_rows, rows.rows()));
        auto told = explain(model, own, model.encoder.encode(own).view(), reasons);
        for (std::size_t i = 0; i < told.size(); ++i)
            for (std::size_t r = 0; r < told[i].drivers.size(); ++r) sentences[r][first + i] = told[i].drivers[r].sentence;
    });
    for (std::size_t r = 0; r < reasons; ++r) TRY_VOID(result.add({fmt::format("reason_{}", r + 1), categories_of(sentences[r])}));
    return result;
}

Result<int> run(const CommandLine& line) {
    TRY(reasons, line.whole("reasons", 0, 20));
    TRY(project, Project::open(line.text("dir")));
    TRY(declaration, project.declaration(line.text("model")));
    TRY(live, project.load(declaration.model, line.text("version")));
    std::vector<Probability> levels;
    for (double level : declaration.levels) levels.emplace_back(level);
    TRY(writer, TableWriter::open(line.text("output")));
    std::size_t done = 0;
    auto answer_chunk = [&](const Table& rows) -> Status {
        TRY(result, answered(live->model(), rows, levels, static_cast<std::size_t>(reasons)));
        done += rows.rows();
        if (!line.has("quiet") && done % (chunk_rows * 16) < rows.rows()) fmt::print(stderr, "{} rows\n", done);
        return writer.append(result);
    };
    TRY_VOID(read_chunks(line.text("input"), declared_columns(declaration), chunk_rows, answer_chunk));
    TRY_VOID(writer.finish());
    fmt::print("{} rows answered by {} {} into {}\n", done, declaration.model, live->version(), line.text("output"));
    return 0;
}

}  // namespace

CommandEntry predict() {
    return {"predict",
            "answer every row of a file, with intervals, in bounded memory",
            "quoin predict --dir demo --input homes.csv --output values.csv --reasons 3",
            {dir_option(),
             model_option(),
             {"--input", "FILE", "CSV, Parquet or NDJSON", "", true},
             {"--output", "FILE", "written whole or not at all: .csv, .parquet or .ndjson", "", true},
             {"--reasons", "N", "strongest reasons per row, in words", "0"},
             {"--version", "VERSION", "number, alias or stage", "champion"},
             quiet_option()},
            run};
}

}  // namespace quoin::command
