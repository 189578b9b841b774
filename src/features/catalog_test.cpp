#include "features/catalog.h"

#include <gtest/gtest.h>

#include <map>

namespace quoin {
namespace {

std::shared_ptr<const FeatureCatalog> shipped_catalog() {
    auto catalog = FeatureCatalog::load(std::filesystem::path(QUOIN_SOURCE_DIR) / "catalog");
    EXPECT_TRUE(catalog) << catalog.error().message;
    return catalog ? *catalog : nullptr;
}

// requirements F02: 83 features of document 003 in five categories (the sub-counts of "behavioural 24" add up to 27, and all are listed).
TEST(FeatureCatalog, TheShippedCatalogIsWholeAndHasTheFeaturesOfTheDocuments) {
    auto catalog = shipped_catalog();
    ASSERT_TRUE(catalog);
    std::map<std::string, std::size_t> by_category;
    for (const auto& view : catalog->views())
        for (const auto& feature : view->declaration().features)
            if (feature.source_document == "003") ++by_category[view->declaration().category];
    EXPECT_EQ(by_category["behavioural"], 27u);
    EXPECT_EQ(by_category["property"], 23u);
    EXPECT_EQ(by_category["transactional"], 13u);
    EXPECT_EQ(by_category["market"], 13u);
    EXPECT_EQ(by_category["temporal"], 10u);
    for (const char* name : {"doc_access_count_7d", "email_open_rate_30d", "treasury_10y_rate", "lead_recency"})
        EXPECT_TRUE(catalog->place(name)) << name;
}

TEST(FeatureCatalog, AnUnknownOrAmbiguousNameIsTold) {
    auto catalog = shipped_catalog();
    ASSERT_TRUE(catalog);
    EXPECT_EQ(catalog->place("no_such_feature").error().kind, ErrorKind::not_found);
    EXPECT_EQ(catalog->place("no_view:doc_access_count_7d").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace quoin
