#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "control/entity_feed.h"
#include "control/product_files.h"
#include "serving/endpoint.h"
#include "serving/http/target.h"
#include "serving/small_model_fixture.h"

namespace quoin {

/// A folder of its own, for the life of the object.
struct TestFolder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("quoin_features_" + random_hex_id());
    TestFolder() { std::filesystem::create_directories(path); }
    ~TestFolder() { std::filesystem::remove_all(path); }
};

/// A server's parts with the catalog that comes with the program, on a clock that stands still until it is moved. For tests.
struct FeatureServer {
    FeatureServer() { open({.clock = clock}); }
    explicit FeatureServer(FeatureStore::Options options) { open(std::move(options)); }
    ~FeatureServer() { close(); }

    void open(FeatureStore::Options options) {
        options.project = folder.path, options.follows_catalog = false;
        auto opened = FeatureStore::open(std::move(options), telemetry);
        error = opened ? std::string() : opened.error().message;
        if (!opened) return;
        store = std::move(*opened);
        service.features = store.get();
        feed = std::make_shared<EntityFeed>(*store);
        predictor.set_entities(feed);
        predictor.set_products(default_products().value());
    }
    void close() {
        predictor.set_entities(nullptr);
        feed.reset();
        store.reset();
    }
    Response ask(std::string_view method, std::string_view target, std::string_view body = "") {
        Request request{.method = method, .target = target, .path = split_target(target)->path, .body = body};
        request.query_parameters = query_parameters_of(split_target(target)->query).value();
        return waited_for(answer(request, service));
    }
    /// True if all were taken.
    bool push_documents(const std::string& user, int count) {
        bool taken = true;
        for (int i = 0; i < count; ++i)
            taken = taken && ask("POST", "/push",
                                 fmt::format(R"({{"push_source_name": "document.accessed", "to": "online_and_offline",
                                             "df": {{"user_id": ["{}"], "document_id": ["doc_{}"], "seconds": [40]}}}})",
                                             user, i))
                                     .status == 200;
        return taken;
    }

    TestFolder folder;
    ManualClock clock{from_civil(2026, 3, 2)};
    std::string error;  ///< of the last open(); empty: none
    Telemetry telemetry;
    BlobStore blobs = BlobStore::open(folder.path / "blobs").value();
    Registry registry = Registry::open(std::make_shared<Database>(Database::in_memory().value()), std::make_shared<BlobStore>(blobs), clock)
                            .value();
    Predictor predictor{RecordLog::open({.folder = folder.path / "records"}, telemetry).value(), telemetry, clock};
    Service service{predictor, registry, blobs, telemetry, clock, clock.now(), {}, nullptr, {}};
    std::unique_ptr<FeatureStore> store;
    std::shared_ptr<EntityFeed> feed;
};

}  // namespace quoin
