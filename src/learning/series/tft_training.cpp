#include "learning/series/tft_training.h"

#include "learning/torch_module.h"

namespace quoin {

Result<Tensors> train_tft(const TftPlan& plan, const Tensors& start) {
    using Train = void (*)(const TftPlan*, const Tensors*, Result<Tensors>*);
    TRY(train, torch_function("quoin_train_tft"));
    Result<Tensors> trained;
    reinterpret_cast<Train>(train)(&plan, &start, &trained);
    return trained;
}

Result<std::vector<TftAnswer>> tft_reference(const TftPlan& plan, const Tensors& weights, const std::vector<TftWindow>& windows) {
    using Answer = void (*)(const TftPlan*, const Tensors*, const std::vector<TftWindow>*, Result<std::vector<TftAnswer>>*);
    TRY(function, torch_function("quoin_tft_reference"));
    Result<std::vector<TftAnswer>> answers;
    reinterpret_cast<Answer>(function)(&plan, &weights, &windows, &answers);
    return answers;
}

}  // namespace quoin
