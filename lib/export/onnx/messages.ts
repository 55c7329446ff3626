/** @file The protobuf messages of ONNX, as far as models need them: fields by name, with their numbers and types. */
import { PbfWriter } from 'pbf';

const messages = {
  Model: {
    irVersion: [1, 'int'],
    producerName: [2, 'string'],
    producerVersion: [3, 'string'],
    graph: [7, 'Graph'],
    opsetImport: [8, 'OperatorSet'],
    metadata: [14, 'Entry'],
  },
  OperatorSet: { domain: [1, 'string'], version: [2, 'int'] },
  Entry: { key: [1, 'string'], value: [2, 'string'] },
  Graph: {
    node: [1, 'Node'],
    name: [2, 'string'],
    initializer: [5, 'Tensor'],
    input: [11, 'Port'],
    output: [12, 'Port'],
  },
  Node: {
    input: [1, 'string'],
    output: [2, 'string'],
    name: [3, 'string'],
    operator: [4, 'string'],
    attribute: [5, 'Attribute'],
  },
  Attribute: { name: [1, 'string'], int: [3, 'int'], ints: [8, 'int'], type: [20, 'int'] },
  Tensor: { dims: [1, 'int'], type: [2, 'int'], name: [8, 'string'], data: [9, 'bytes'] },
  Port: { name: [1, 'string'], type: [2, 'Type'] },
  Type: { tensor: [1, 'TensorType'] },
  TensorType: { element: [1, 'int'], shape: [2, 'Shape'] },
  Shape: { dim: [1, 'Dimension'] },
  Dimension: { value: [1, 'int'], parameter: [2, 'string'] },
} as const;

type Messages = typeof messages;
type Name = keyof Messages;

interface Scalars {
  readonly int: number;
  readonly string: string;
  readonly bytes: Uint8Array;
}

type Content<Type> = Type extends keyof Scalars ? Scalars[Type] : Type extends Name ? Message<Type> : never;

/** Repeated fields are arrays. */
export type Message<N extends Name> = {
  readonly [F in keyof Messages[N]]?: Messages[N][F] extends readonly [number, infer Type]
    ? Content<Type> | readonly Content<Type>[]
    : never;
};

export function encode(model: Message<'Model'>): Uint8Array {
  const writer = new PbfWriter();
  write('Model', model, writer);
  return writer.finish();
}

function write(name: Name, message: object, writer: PbfWriter): void {
  const fields: Readonly<Record<string, readonly [number, keyof Scalars | Name]>> = messages[name];
  for (const [field, content] of Object.entries(message)) {
    const [number, type] = fields[field];
    for (const value of Array.isArray(content) ? content : [content]) {
      if (type === 'int') writer.writeVarintField(number, value);
      else if (type === 'string') writer.writeStringField(number, value);
      else if (type === 'bytes') writer.writeBytesField(number, value);
      else writer.writeMessage(number, (inner: object, to: PbfWriter) => write(type, inner, to), value);
    }
  }
}
