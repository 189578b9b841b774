#include "models/series/tft_network.h"

#include <cmath>

namespace quoin {
namespace {

constexpr std::size_t size_max = 1'024, steps_max = 100'000, variables_max = 1'000, levels_max = 1'000'000;
constexpr const char* context_names[] = {"selection", "enrichment", "cell", "state"};

template <class T>
Status assign(T& to, Result<T> loaded) {
    if (!loaded) return tl::unexpected(std::move(loaded).error());
    to = std::move(*loaded);
    return {};
}

}  // namespace

Status check(const TftShape& shape) {
    if (shape.lookback == 0 || shape.horizon == 0 || shape.size == 0 || shape.heads == 0 || shape.size % shape.heads != 0 ||
        shape.observed == 0 || shape.known == 0 || shape.quantiles.empty())
        return fail(ErrorKind::corrupt, "TFT: a shape without steps, sizes, known inputs or quantiles, or a size that heads do not divide");
    if (shape.size > size_max || shape.lookback > steps_max || shape.horizon > steps_max || shape.past() > variables_max ||
        shape.statics() > variables_max || shape.quantiles.size() > variables_max)
        return fail(ErrorKind::too_large, "TFT: sizes go to {}, steps to {}, variables to {}", size_max, steps_max, variables_max);
    for (std::size_t levels : shape.categories)
        if (levels == 0 || levels > levels_max) return fail(ErrorKind::too_large, "TFT: a category of {} levels", levels);
    for (std::size_t i = 0; i < shape.quantiles.size(); ++i)
        if (!(shape.quantiles[i] > (i ? shape.quantiles[i - 1] : 0)) || !(shape.quantiles[i] < 1))
            return fail(ErrorKind::corrupt, "TFT: quantiles are not ascending between 0 and 1");
    return {};
}

Result<TftNetwork::Selection> TftNetwork::Selection::load(const Tensors& tensors, const std::string& name, const TftShape& shape,
                                                          std::size_t count) {
    Selection selection;
    const std::size_t size = shape.size, context = name != "static" && shape.statics() > 0 ? size : 0;
    TRY(weights, GatedResidual::load(tensors, name + ".weights", {count * size, size, count, context}));
    selection.weights = std::move(weights);
    for (std::size_t v = 0; v < count; ++v) {
        TRY(variable, GatedResidual::load(tensors, fmt::format("{}.variable.{:04}", name, v), {size, size, size}));
        selection.variables.push_back(std::move(variable));
    }
    const std::size_t numbers = name == "static" ? shape.static_numbers : count;
    if (numbers == 0) return selection;
    TRY(scale, values_of(tensors, name + ".embedding.weight", {numbers, size}));
    TRY(offset, values_of(tensors, name + ".embedding.bias", {numbers, size}));
    selection.scale = std::move(scale);
    selection.offset = std::move(offset);
    return selection;
}

std::vector<TftNetwork::Vector> TftNetwork::Selection::embed(std::span<const float> numbers) const {
    std::vector<Vector> embedded;
    const std::size_t size = numbers.empty() ? 0 : scale.size() / numbers.size();
    for (std::size_t v = 0; v < numbers.size(); ++v) {
        Vector& vector = embedded.emplace_back(size);
        for (std::size_t i = 0; i < size; ++i) vector[i] = numbers[v] * scale[v * size + i] + offset[v * size + i];
    }
    return embedded;
}

TftNetwork::Vector TftNetwork::Selection::mix(const std::vector<Vector>& embedded, std::span<const float> context, Vector& sum) const {
    Vector flat;
    for (const Vector& one : embedded) flat.insert(flat.end(), one.begin(), one.end());
    Vector shares = weights(flat, context);
    softmax(shares);
    sum.resize(shares.size());
    Vector mixed(embedded[0].size());
    for (std::size_t v = 0; v < embedded.size(); ++v) {
        Vector processed = variables[v](embedded[v]);
        for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] += shares[v] * processed[i];
        sum[v] += shares[v];
    }
    return mixed;
}

Status TftNetwork::load_statics() {
    for (std::size_t c = 0; c < shape_.categories.size(); ++c) {
        TRY(table, values_of(tensors_, fmt::format("static.category.{:04}", c), {shape_.categories[c], shape_.size}));
        category_tables_.push_back(std::move(table));
    }
    if (shape_.statics() == 0) return {};
    TRY(selection, Selection::load(tensors_, "static", shape_, shape_.statics()));
    statics_.push_back(std::move(selection));
    for (const char* name : context_names) {
        TRY(context, GatedResidual::load(tensors_, fmt::format("context.{}", name), {shape_.size, shape_.size, shape_.size}));
        contexts_.push_back(std::move(context));
    }
    return {};
}

Status TftNetwork::load_dynamics() {
    const std::size_t size = shape_.size, context = shape_.statics() > 0 ? size : 0;
    TRY_VOID(assign(past_, Selection::load(tensors_, "past", shape_, shape_.past())));
    TRY_VOID(assign(future_, Selection::load(tensors_, "future", shape_, shape_.known)));
    TRY_VOID(assign(encoder_, Lstm::load(tensors_, "encoder", size, size)));
    TRY_VOID(assign(decoder_, Lstm::load(tensors_, "decoder", size, size)));
    TRY_VOID(assign(lstm_gate_, GatedSkip::load(tensors_, "lstm_gate", size, size)));
    TRY_VOID(assign(enrichment_, GatedResidual::load(tensors_, "enrichment", {size, size, size, context})));
    TRY_VOID(assign(queries_, Affine::load(tensors_, "attention.query", size, size)));
    TRY_VOID(assign(keys_, Affine::load(tensors_, "attention.key", size, size)));
    TRY_VOID(assign(values_, Affine::load(tensors_, "attention.value", size, size / shape_.heads)));
    TRY_VOID(assign(attended_, Affine::load(tensors_, "attention.output", size / shape_.heads, size)));
    TRY_VOID(assign(attention_gate_, GatedSkip::load(tensors_, "attention_gate", size, size)));
    TRY_VOID(assign(feed_forward_, GatedResidual::load(tensors_, "feed_forward", {size, size, size})));
    TRY_VOID(assign(last_gate_, GatedSkip::load(tensors_, "last_gate", size, size)));
    return assign(output_, Affine::load(tensors_, "output", size, shape_.quantiles.size()));
}

Result<TftNetwork> TftNetwork::make(TftShape shape, Tensors tensors) {
    TRY_VOID(check(shape));
    TftNetwork network;
    network.shape_ = std::move(shape);
    network.tensors_ = std::move(tensors);
    TRY_VOID(network.load_statics());
    TRY_VOID(network.load_dynamics());
    return network;
}

TftNetwork::Vector TftNetwork::static_summary(const TftWindow& window, TftAnswer& answer) const {
    if (statics_.empty()) return {};
    std::vector<Vector> embedded;
    for (std::size_t c = 0; c < category_tables_.size(); ++c) {
        auto row = category_tables_[c].begin() + static_cast<std::ptrdiff_t>(window.categories[c] * shape_.size);
        embedded.emplace_back(row, row + static_cast<std::ptrdiff_t>(shape_.size));
    }
    for (Vector& number : statics_[0].embed(window.static_numbers)) embedded.push_back(std::move(number));
    return statics_[0].mix(embedded, {}, answer.static_weights);
}

std::vector<TftNetwork::Vector> TftNetwork::local_features(const TftWindow& window, const Vector& summary, TftAnswer& answer) const {
    Lstm::State state{Vector(shape_.size), Vector(shape_.size)};
    Vector selection;
    if (!contexts_.empty()) {
        selection = contexts_[0](summary);
        state = {contexts_[3](summary), contexts_[2](summary)};
    }
    std::vector<Vector> features;
    auto read = [&](const Selection& from, std::span<const float> numbers, const Lstm& lstm, Vector& sum) {
        Vector mixed = from.mix(from.embed(numbers), selection, sum);
        lstm.step(mixed, state);
        features.push_back(lstm_gate_(state.output, mixed));
    };
    for (std::size_t t = 0; t < shape_.lookback; ++t)
        read(past_, std::span(window.past).subspan(t * shape_.past(), shape_.past()), encoder_, answer.past_weights);
    for (std::size_t t = 0; t < shape_.horizon; ++t)
        read(future_, std::span(window.future).subspan(t * shape_.known, shape_.known), decoder_, answer.future_weights);
    for (float& weight : answer.past_weights) weight /= static_cast<float>(shape_.lookback);
    for (float& weight : answer.future_weights) weight /= static_cast<float>(shape_.horizon);
    return features;
}

std::vector<TftNetwork::Vector> TftNetwork::attend(const std::vector<Vector>& enriched, TftAnswer& answer) const {
    const std::size_t steps = enriched.size(), heads = shape_.heads, head_size = shape_.size / heads;
    std::vector<Vector> keys, values, result;
    for (const Vector& one : enriched) {
        keys.push_back(keys_(one));
        values.push_back(values_(one));
    }
    const float root = std::sqrt(static_cast<float>(head_size));
    for (std::size_t ahead = 0; ahead < shape_.horizon; ++ahead) {
        Vector query = queries_(enriched[shape_.lookback + ahead]), mean(steps);
        const std::size_t seen = shape_.lookback + ahead + 1;
        for (std::size_t head = 0; head < heads; ++head) {
            Vector scores(seen);
            for (std::size_t t = 0; t < seen; ++t) {
                for (std::size_t i = head * head_size; i < (head + 1) * head_size; ++i) scores[t] += query[i] * keys[t][i];
                scores[t] /= root;
            }
            softmax(scores);
            for (std::size_t t = 0; t < seen; ++t) mean[t] += scores[t] / static_cast<float>(heads);
        }
        Vector mixed(head_size);
        for (std::size_t t = 0; t < seen; ++t)
            for (std::size_t i = 0; i < head_size; ++i) mixed[i] += mean[t] * values[t][i];
        result.push_back(attended_(mixed));
        answer.attention.insert(answer.attention.end(), mean.begin(), mean.end());
    }
    return result;
}

TftAnswer TftNetwork::answer(const TftWindow& window) const {
    TftAnswer answer;
    const Vector summary = static_summary(window, answer);
    const std::vector<Vector> features = local_features(window, summary, answer);
    const Vector context = contexts_.empty() ? Vector{} : contexts_[1](summary);
    std::vector<Vector> enriched;
    for (const Vector& one : features) enriched.push_back(enrichment_(one, context));
    const std::vector<Vector> attended = attend(enriched, answer);
    for (std::size_t ahead = 0; ahead < shape_.horizon; ++ahead) {
        const std::size_t t = shape_.lookback + ahead;
        Vector merged = attention_gate_(attended[ahead], enriched[t]);
        Vector last = output_(last_gate_(feed_forward_(merged), features[t]));
        answer.quantiles.insert(answer.quantiles.end(), last.begin(), last.end());
    }
    return answer;
}

}  // namespace quoin
