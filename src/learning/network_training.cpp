#include "learning/network_training.h"

#include "learning/torch_module.h"

namespace quoin {

bool network_training_available() { return torch_available(); }

Result<TrainedLayers> train_network(const NetworkRows& rows, const NetworkRows* validation, const NetworkPlan& plan) {
    using TrainNetwork = void (*)(const NetworkRows*, const NetworkRows*, const NetworkPlan*, Result<TrainedLayers>*);
    TRY(train, torch_function("quoin_train_network"));
    Result<TrainedLayers> trained;
    reinterpret_cast<TrainNetwork>(train)(&rows, validation, &plan, &trained);
    return trained;
}

}  // namespace quoin
