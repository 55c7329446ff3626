/** @file What a run has found, as the parts of a model. */
import type { ModelParts } from '../model/parts.js';
import type { Task } from '../options/options.js';
import type { Found } from './schedule/run.js';

export function partsOf(task: Task, { problem, best, network }: Found): ModelParts {
  return {
    network: network.description,
    forward: network.programs.forward,
    inputs: task.training.inputs.shape[1],
    outputs: task.training.targets.shape[1],
    bias: task.bias,
    theta: best.theta,
    W: best.W.map((w) => best.temperature * w),
    loss: task.loss.name,
    classes: task.classes,
    names: task.names,
    scaling: problem.scaling,
    training: null,
  };
}
