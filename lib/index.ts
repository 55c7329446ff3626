/** @file The exports of `gnvpro`, the trainer; data to try it on are exported by problems/, datasets/ and experiments/. */

export type { InnerRecord, Timings } from './backend/backend.js';
export { setThreads, threadUse } from './backend/threads.js';
export { type BuildInfo, info, type ThreadUse } from './binding.js';
export type { BlasTest } from './blasTest.js';
export { type ClassName, classesOf, classIndices, type Labels, oneHot, softTargets } from './data/classes.js';
export type { FlatNumbers } from './data/flat.js';
export { type Matrix, type MatrixLike, matrix } from './data/matrix.js';
export type { ColumnNames, NamesOption } from './data/names.js';
export type { NamedSample, NamedSamples } from './data/records.js';
export type { Samples } from './data/samples.js';
export type { PcaScaling, Scaling, ScalingOption } from './data/scaling.js';
export { GnvproError } from './errors.js';
export type { EvidenceRecord } from './evidence/record.js';
export type { COptions } from './export/code/c.js';
export type { Precision } from './export/onnx/graph.js';
export type { OnnxOptions } from './export/onnx/onnx.js';
export type { ColumnChoice } from './files/columns.js';
export { type FileMatrix, type FromFileOptions, fromFile } from './files/fileMatrix.js';
export { readLabels } from './files/labels.js';
export { readMatrix, writeMatrix } from './files/matrixFile.js';
export type { FileSource } from './files/source.js';
export { type FitOptions, type FitProgress, type Fitting, fit } from './fit/fit.js';
export type { Beaten, Figures, FitResult, Importance, InputRange, Tried } from './fit/result.js';
export type { TargetKind } from './fit/samples.js';
export { defineLoss, type LossFunctions } from './loss/defineLoss.js';
export type { AnyMetrics, ValidationMetric } from './loss/meaning.js';
export type { MetricsByLoss } from './loss/registry.js';
export type { CommonOptions } from './many/common.js';
export {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  type FoldResult,
  type FoldsMetric,
  type HeldOut,
} from './many/crossValidate.js';
export {
  type Diversity,
  type EnsembleOptions,
  type EnsembleTraining,
  ensemble,
  type MemberResult,
} from './many/ensemble.js';
export type { PoolOptions, PoolStop, Progress } from './many/pool.js';
export {
  type RungResult,
  type Search,
  type SearchOptions,
  type Space,
  search,
  type Trial,
  type TrialOptions,
} from './many/search.js';
export {
  type ClassificationMetrics,
  type ClassificationOptions,
  type ClassMetrics,
  classificationMetrics,
  type ScoreKind,
} from './metrics/classification.js';
export { type Coverage, coverageOf, standardizedResiduals } from './metrics/coverage.js';
export { type Metrics, type MetricsOptions, metrics, type RelativeErrors } from './metrics/metrics.js';
export { type LabelMetrics, type MultiLabelMetrics, multiLabelMetrics } from './metrics/multiLabel.js';
export { sigmoidRows, softmaxRows } from './metrics/probabilities.js';
export { type ReliabilityBin, type ReliabilityOptions, reliabilityOf } from './metrics/reliability.js';
export { fitTemperature } from './metrics/temperature.js';
export type { CallOptions, ToFile } from './model/callOptions.js';
export type { Drift } from './model/drift.js';
export { Ensemble, type Spread } from './model/ensemble.js';
export {
  type DriftOptions,
  type EvaluateOptions,
  type Inputs,
  type JacobianArray,
  type LearningOptions,
  Model,
  type ModelOptions,
  type SaveOptions,
  type Targets,
} from './model/model.js';
export type { ModelParts } from './model/parts.js';
export type { Posterior } from './model/posterior.js';
export type {
  CovarianceArray,
  JointPrediction,
  PredictOptions,
  ProbabilityOptions,
  UncertainPrediction,
  UncertaintyOptions,
} from './model/prediction.js';
export {
  type Activation,
  exp,
  identity,
  relu,
  sigmoid,
  sine,
  smoothRelu,
  softplus,
  tanh,
} from './network/activation.js';
export { affineScaling } from './network/affineScaling.js';
export { type AntisymmetricDenseOptions, antisymmetricDense } from './network/antisymmetricDense.js';
export type { Bias } from './network/bias.js';
export type { ChannelOptions } from './network/channels.js';
export { concat } from './network/concat.js';
export { type ConnectorOptions, connector } from './network/connector.js';
export { type Conv2dOptions, conv2d } from './network/conv2d.js';
export { defineLayer, type LayerDefinition, type ParameterDefinition } from './network/defineLayer.js';
export { type DenseOptions, dense } from './network/dense.js';
export { type DoubleDenseOptions, doubleDense } from './network/doubleDense.js';
export { doubleHamiltonian } from './network/doubleHamiltonian.js';
export { type DoubleSymmetricConv2dOptions, doubleSymmetricConv2d } from './network/doubleSymmetricConv2d.js';
export { type DoubleSymmetricDenseOptions, doubleSymmetricDense } from './network/doubleSymmetricDense.js';
export type { FilterOptions } from './network/filters.js';
export type { FlowOptions } from './network/flow.js';
export { type HamiltonianOptions, hamiltonian } from './network/hamiltonian.js';
export { type Extent, flatten, type ImageOptions, image } from './network/image.js';
export type { Initializer } from './network/initializer.js';
export type { LayerDescription } from './network/layer.js';
export { Network, type NetworkPrograms } from './network/network.js';
export { type NormalizationOptions, normalization, standardizeImages } from './network/normalization.js';
export { type PatchDictionaryOptions, patchDictionary } from './network/patchDictionary.js';
export { averagePool, globalAveragePool, maxPool, type PoolingOptions } from './network/pooling.js';
export { type ResidualOptions, residual } from './network/residual.js';
export { sequential } from './network/sequential.js';
export { type AdamOptions, adam } from './optimizers/adam.js';
export type { BatchesOptions } from './optimizers/batchesOptions.js';
export { type GaussNewtonOptions, gaussNewton } from './optimizers/gaussNewton.js';
export { type GnvproOptions, gnvpro } from './optimizers/gnvpro.js';
export type { InitialW } from './optimizers/initialW.js';
export { type LbfgsOptions, lbfgs } from './optimizers/lbfgs.js';
export type { RateSchedule, ScheduleOption } from './optimizers/learningRate.js';
export type {
  AdamDescription,
  BatchesDescription,
  GaussNewtonDescription,
  GnvproDescription,
  LbfgsDescription,
  OptimizerDescription,
  SequenceDescription,
  SgdDescription,
  SingleDescription,
  SlimTrainDescription,
  StageDescription,
  TrustRegionConstants,
} from './optimizers/optimizer.js';
export { type StageOption, sequence } from './optimizers/read.js';
export { type SgdOptions, sgd } from './optimizers/sgd.js';
export { type SlimTrainOptions, slimTrain } from './optimizers/slimTrain.js';
export { trustRegionDefaults } from './optimizers/trustRegion.js';
export type {
  CheckpointEvent,
  CheckpointOption,
  InitializeOption,
  NestedPart,
  RegularizationOption,
  StopOptions,
  TrainOptions,
} from './options/trainOptions.js';
export type { ProgramBuilder } from './program/builder.js';
export type { Value } from './program/emitter.js';
export type { UnaryAttributes } from './program/functions.js';
export { print as printProgram } from './program/print.js';
export type { FixedShape, SamplesShape, Shape } from './program/shape.js';
export { Random } from './random.js';
export { blockRegularizer } from './regularizer/blocks.js';
export { type ByBlockOptions, tikhonovByBlock } from './regularizer/byBlock.js';
export type { QuadraticRegularizer } from './regularizer/quadratic.js';
export { sumRegularizers } from './regularizer/sum.js';
export {
  multiply as regularizerProduct,
  regularizerGradient,
  regularizerMatrix,
  regularizerValue,
  tikhonov,
} from './regularizer/tikhonov.js';
export { timeDerivative } from './regularizer/timeDerivative.js';
export type {
  BaselineName,
  BaselineReport,
  CheckpointReport,
  Choice,
  IterationRecord,
  LevelReport,
  Report,
  RunSummary,
  Stop,
  StopStatus,
} from './report/report.js';
export type { Box } from './suggest/candidates.js';
export { type BoxOptions, type CandidateOptions, type Suggestion, suggest } from './suggest/suggest.js';
export {
  type LinearRegression,
  type LinearRegressionOptions,
  linearRegression,
} from './train/start/linearRegression.js';
export { type BaselineModel, type Training, train, trainSync } from './train/train.js';
