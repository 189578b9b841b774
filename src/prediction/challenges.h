#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/telemetry.h"
#include "prediction/assignment.h"
#include "prediction/exposure_log.h"
#include "prediction/live_model.h"
#include "prediction/product.h"
#include "prediction/shadow_queue.h"

namespace quoin {

/// A running experiment as answers see it. Immutable.
struct Challenge {
    std::string experiment;
    std::shared_ptr<const Product> product;
    std::string champion_version;  ///< "v1"; while another one is live nobody takes part
    std::shared_ptr<const LiveModel> challenger;
    Assignment assignment;
    std::size_t step;
    double share;  ///< 0: in shadow
};

/// The running experiments of a process, and what they leave behind. Thread-safe.
class Challenges {
public:
    Challenges(std::shared_ptr<ExperimentStore> store, Telemetry& telemetry)
        : failures(
              telemetry.counter("quoin_challenger_failures_total", "Answers that the champion gave because the challenger could not.")),
          exposures(std::move(store), telemetry), shadows(telemetry) {}
    void set(std::vector<Challenge> running) { running_.store(std::make_shared<const std::vector<Challenge>>(std::move(running))); }
    /// The experiment of a product against this champion; null if there is none.
    std::shared_ptr<const Challenge> against(const LiveModel& champion, std::string_view product) const {
        auto running = running_.load();
        for (const auto& challenge : *running)
            if (challenge.product->name == product && challenge.champion_version == champion.version() &&
                challenge.challenger->model().name == champion.model().name)
                return {running, &challenge};
        return nullptr;
    }

    Counter& failures;
    ExposureLog exposures;
    ShadowQueue shadows;  ///< last: it stops first, since its work adds exposures

private:
    std::atomic<std::shared_ptr<const std::vector<Challenge>>> running_{std::make_shared<const std::vector<Challenge>>()};
};

}  // namespace quoin
