import protobuf from 'protobufjs';
import type { Attribute } from './attribute';
import { dtypeNumbers } from './dtype';
import type { Graph } from './graph';
import { GraphError } from './graph-error';
import type { GraphFunction } from './graph-function';
import type { Shape } from './shape';
import type { Operation, Tensor } from './tensor';

/**
 * The part of TensorFlow's messages that a graph without a saver needs, with the field
 * numbers of tensorflow/core/protobuf/{saved_model,meta_graph}.proto and core/framework/{graph,node_def,attr_value,
 * function,op_def,tensor,tensor_shape,versions}.proto. DataType is an enum there, which the wire writes as an int32.
 */
const DESCRIPTOR = `
  syntax = "proto3";
  message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
  message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; }
  message NameAttrList { string name = 1; }
  message AttrValue {
    message ListValue { repeated int64 i = 3; repeated int32 type = 6; }
    oneof value {
      ListValue list = 1; bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6;
      TensorShapeProto shape = 7; TensorProto tensor = 8;
      NameAttrList func = 10;
    }
  }
  message NodeDef {
    string name = 1; string op = 2; repeated string input = 3; string device = 4; map<string, AttrValue> attr = 5;
  }
  message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
  message OpDef {
    message ArgDef { string name = 1; int32 type = 3; }
    string name = 1; repeated ArgDef input_arg = 2; repeated ArgDef output_arg = 3;
  }
  message FunctionDef { OpDef signature = 1; repeated NodeDef node_def = 3; map<string, string> ret = 4; }
  message FunctionDefLibrary { repeated FunctionDef function = 1; }
  message GraphDef { repeated NodeDef node = 1; FunctionDefLibrary library = 2; VersionDef versions = 4; }
  message TensorInfo { string name = 1; int32 dtype = 2; TensorShapeProto tensor_shape = 3; }
  message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3; }
  message MetaInfoDef { repeated string tags = 4; }
  message MetaGraphDef {
    MetaInfoDef meta_info_def = 1; GraphDef graph_def = 2; map<string, SignatureDef> signature_def = 5;
  }
  message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
`;

const savedModel = protobuf.parse(DESCRIPTOR, { keepCase: true }).root.lookupType('SavedModel');

/** The tag under which a session loads the graph. */
export const SAVED_MODEL_TAG = 'fathom';

/** TF_GRAPH_DEF_VERSION of TensorFlow 2.9, the oldest this library runs on: attribute defaults are read by it. */
const GRAPH_PRODUCER = 1087;

/** What a run is fed with and what it gives, by names that are not those of nodes. */
export interface Signature {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

export interface SavedModelOptions {
  /** Under which the graph is loaded. Default: `SAVED_MODEL_TAG`. */
  readonly tag?: string;
  /** By name: programs that serve models look for `serving_default`. */
  readonly signatures?: Readonly<Record<string, Signature>>;
}

/** The bytes of a `saved_model.pb` that holds the graph: all a TensorFlow session needs to load and run it. */
export function writeSavedModel(
  graph: Graph,
  { tag = SAVED_MODEL_TAG, signatures = {} }: SavedModelOptions = {},
): Uint8Array {
  const message = savedModel.create({
    saved_model_schema_version: 1,
    meta_graphs: [
      {
        meta_info_def: { tags: [tag] },
        graph_def: {
          node: graph.operations.map(nodeDef),
          library: { function: [...graph.functions.values()].map(functionDef) },
          versions: { producer: GRAPH_PRODUCER },
        },
        signature_def: mapValues(signatures, signatureDef),
      },
    ],
  });
  return savedModel.encode(message).finish();
}

const signatureDef = ({ inputs, outputs }: Signature): object => ({
  inputs: mapValues(inputs, tensorInfo),
  outputs: mapValues(outputs, tensorInfo),
  method_name: 'tensorflow/serving/predict',
});

const tensorInfo = ({ name, dtype, shape }: Tensor): object => ({
  name,
  dtype: dtypeNumbers[dtype],
  tensor_shape: shapeProto(shape),
});

function nodeDef({ name, type, inputs, control, attributes }: Operation): object {
  return {
    name,
    op: type,
    input: [...inputs.map(inputName), ...control.map((operation) => `^${operation.name}`)],
    attr: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, attrValue(value)])),
  };
}

/** Inside of a function an output is called by its node, its name in the definition of the op, and a number. */
function functionDef({ name, inputs, output }: GraphFunction): object {
  const args = new Set(inputs.map(({ operation }) => operation));
  const reference = ({ operation }: Tensor): string =>
    args.has(operation) ? operation.name : `${operation.name}:${outputName(operation)}:0`;
  const body = output.graph.operations.filter((operation) => !args.has(operation));
  return {
    signature: {
      name,
      input_arg: inputs.map(({ operation, dtype }) => ({ name: operation.name, type: dtypeNumbers[dtype] })),
      output_arg: [{ name: 'output', type: dtypeNumbers[output.dtype] }],
    },
    node_def: body.map((operation) => ({ ...nodeDef(operation), input: operation.inputs.map(reference) })),
    ret: { output: reference(output) },
  };
}

/** Of the only output of the ops that functions are made of (core/ops/{math,nn}_ops.cc). */
const outputNames: Readonly<Record<string, string>> = {
  AddV2: 'z',
  Relu: 'activations',
  ReluGrad: 'backprops',
};

function outputName({ type, name }: Operation): string {
  const known = outputNames[type];
  if (known === undefined) throw new GraphError(name, 'an op whose output has a name in functions', type);
  return known;
}

const inputName = ({ operation, index }: Tensor): string =>
  index === 0 ? operation.name : `${operation.name}:${String(index)}`;

function attrValue(attribute: Attribute): object {
  switch (attribute.kind) {
    case 'type':
      return { type: dtypeNumbers[attribute.value] };
    case 'types':
      return { list: { type: attribute.value.map((dtype) => dtypeNumbers[dtype]) } };
    case 'function':
      return { func: { name: attribute.value } };
    case 'int':
      return { i: attribute.value };
    case 'ints':
      return { list: { i: attribute.value } };
    case 'float':
      return { f: attribute.value };
    case 'bool':
      return { b: attribute.value };
    case 'string':
      return { s: new TextEncoder().encode(attribute.value) };
    case 'shape':
      return { shape: shapeProto(attribute.value) };
    case 'tensor': {
      const { dtype, shape, bytes } = attribute.value;
      return {
        tensor: { dtype: dtypeNumbers[dtype], tensor_shape: shapeProto(shape), tensor_content: bytes },
      };
    }
  }
}

const mapValues = <T>(
  values: Readonly<Record<string, T>>,
  map: (value: T) => object,
): Record<string, object> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));

const shapeProto = (shape: Shape): object => ({ dim: shape.map((size) => ({ size })) });
