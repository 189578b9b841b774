#pragma once

#include <filesystem>
#include <string>

#include "features/catalog.h"
#include "features/pipeline_report.h"

namespace quoin {

/// Error: not_found, corrupt.
Result<PipelineReport> read_report_file(const std::filesystem::path& file);

/// Keeps what features of the catalog weigh in the live versions of the project's models: for each version that is in production and has an
/// importance, one weight per model column that is called as a feature. A project without models has nothing to keep.
Status record_model_weights(const std::filesystem::path& project, const FeatureCatalog& catalog, const std::filesystem::path& statistics);

}  // namespace quoin
