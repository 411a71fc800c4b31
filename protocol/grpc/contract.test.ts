import { fromBinary, isFieldSet } from '@bufbuild/protobuf';
import {
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
} from '@bufbuild/protobuf/wkt';
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { contractFiles } from './contract';

const folder = 'protocol/grpc/proto';

/** Every field, value and method, in a line each that says what it is on the wire. */
function linesOf(file: FileDescriptorProto): string[] {
  const of = file.package;
  return [
    ...file.messageType.flatMap((message) => messageLines(message, `.${of}`)),
    ...file.enumType.flatMap((type) => enumLines(type, `.${of}`)),
    ...file.service.flatMap((service) =>
      service.method.map(
        (method) =>
          `${of}.${service.name}/${method.name} ${shortName(method.inputType)} ` +
          `${method.clientStreaming} ${shortName(method.outputType)} ${method.serverStreaming}`,
      ),
    ),
  ];
}

/** The last part of a type's name; both readers make up names of their own for entries of maps. */
function shortName(type: string): string {
  return type
    .replace(/^.*\./, '')
    .replace(/Entry$|_/g, '')
    .toLowerCase();
}

function messageLines(message: DescriptorProto, within: string): string[] {
  const name = `${within}.${message.name}`;
  return [
    `message ${name}`,
    ...message.field.map(
      (field) =>
        `${name}.${field.name} = ${field.number} ${field.type} ${field.label} ` +
        `${shortName(field.typeName)} ${choiceOf(message, field)}`,
    ),
    ...message.nestedType
      .filter((nested) => nested.options?.mapEntry !== true)
      .flatMap((nested) => messageLines(nested, name)),
    ...message.enumType.flatMap((type) => enumLines(type, name)),
  ];
}

function choiceOf(message: DescriptorProto, field: FieldDescriptorProto): string {
  if (!isFieldSet(field, FieldDescriptorProtoSchema.field.oneofIndex)) return '';
  return message.oneofDecl[field.oneofIndex]?.name ?? '';
}

function enumLines(type: EnumDescriptorProto, within: string): string[] {
  return type.value.map(({ name, number }) => `${within}.${type.name}.${name} = ${number}`);
}

/** What an independent reader of .proto files finds in one. */
function read(name: string): FileDescriptorProto[] {
  const definition: PackageDefinition = loadSync(join(folder, name), { keepCase: true });
  const files = Object.values(definition).flatMap((entry) =>
    'format' in entry ? (entry as MessageTypeDefinition<object, object>).fileDescriptorProtos : [],
  );
  const unlike = [...new Set(files.map((bytes) => bytes.toString('base64')))];
  return unlike.map((text) => fromBinary(FileDescriptorProtoSchema, Buffer.from(text, 'base64')));
}

describe('the gRPC contract', () => {
  it('is, in what is generated, what the .proto files say', () => {
    const own = readdirSync(folder);
    const names = [...own, 'google/protobuf/wrappers.proto'];
    const said = own.flatMap(read).flatMap(linesOf);
    const generated = contractFiles.flatMap(({ proto }) => linesOf(proto));
    expect(contractFiles.map(({ proto }) => proto.name).sort()).toEqual(names.sort());
    expect([...new Set(generated)].sort()).toEqual([...new Set(said)].sort());
  });
});
