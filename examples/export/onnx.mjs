// surrogate.onnx of export.mjs in onnxruntime: npm install onnxruntime-node
import { InferenceSession, Tensor } from 'onnxruntime-node';

const session = await InferenceSession.create('surrogate.onnx');
const samples = new Tensor('float32', Float32Array.of(0.3, -0.2, 0.5, 0.5), [2, 2]); // any number of rows
const { outputs } = await session.run({ inputs: samples });
console.log('onnx      ', ...outputs.data.slice(0, 2));
