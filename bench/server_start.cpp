#include "bench/model_project.h"

int main(int argc, char** argv) {
    using namespace quoin;
    auto project = bench::or_exit(Project::open(argv[1]));
    auto version = bench::or_exit(project.registry().find("property_value_model", "champion"));
    auto blob = bench::or_exit(project.blobs().get(version.artifact));
    bench::make_project(argv[2], bench::or_exit(TrainedModel::load(blob.bytes())), std::atoi(argv[3]));
    (void)argc;
}
