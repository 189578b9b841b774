#include "control/homes_demo.h"

#include "learning/draft.h"
#include "simulation/market.h"
#include "store/blobs.h"
#include "table/read.h"
#include "table/write.h"

namespace quoin {
namespace {

using Notes = std::vector<std::string>;

/// The sales to learn from: the simulated market, written once, or the user's own file.
Result<std::string> sales_file(const std::filesystem::path& folder, const std::filesystem::path& sales, Notes& notes) {
    if (!sales.empty()) return std::filesystem::absolute(sales).lexically_normal().string();
    auto file = folder / "data" / "sales.parquet";
    if (std::filesystem::exists(file)) return std::string("data/sales.parquet");
    std::filesystem::create_directories(file.parent_path());
    TRY(market, simulate_market());
    TRY_VOID(write_table(market.truth, folder / "data" / "truth.parquet"));
    TRY_VOID(write_table(market.homes, folder / "data" / "homes.parquet"));
    TRY_VOID(write_table(market.sales, file));
    notes.push_back(fmt::format("simulated a market: {} sales of {} homes, seed {} (none of it is real)", market.sales.rows(),
                                market.homes.rows(), MarketOptions{}.seed));
    return std::string("data/sales.parquet");
}

}  // namespace

Result<std::vector<std::string>> set_up_homes(Project& project, const std::string& model, const std::filesystem::path& sales) {
    Notes notes;
    TRY(source, sales_file(project.folder(), sales, notes));
    auto file = project.declaration_file(model);
    if (std::filesystem::exists(file)) return notes;
    std::filesystem::path path = source;
    TRY(table, read_table(path.is_relative() ? project.folder() / path : path));
    TRY(draft, draft_declaration(table, {.model = model, .target = "", .time = "", .id = "", .source = source}));
    auto text = render_declaration(draft.declaration);
    TRY_VOID(write_file_atomically(file, std::as_bytes(std::span(text))));
    for (const auto& choice : draft.choices) notes.push_back("  " + choice);
    for (const auto& leak : draft.leaks) notes.push_back(fmt::format("  '{}' {}", leak.column, leak.message));
    return notes;
}

}  // namespace quoin
