import {
  toBinary,
  type DescFile,
  type DescMessage,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { grpcStatuses } from '../../../core/grpc-status';
import type { GrpcStreamCall, StreamMethod } from '../call';
import { contractFiles } from '../contract';
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
  type ServerReflectionRequest,
} from '../generated/reflection_pb';
import { ServerReflection as ServerReflectionAlpha } from '../generated/reflection-alpha_pb';
import { pathOf, readMessage, writeMessage } from './typed-method';

type Answer = NonNullable<
  MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']
>;

const route = { method: 'GET', path: '/help' } as const;

/** Tells tools what is in the contract; both versions of the service have the same bytes. */
export function reflectionMethods(): StreamMethod[] {
  return [ServerReflection, ServerReflectionAlpha].map((service) => ({
    path: pathOf(service, 'ServerReflectionInfo'),
    route,
    serve: reflect,
  }));
}

async function reflect(call: GrpcStreamCall): Promise<void> {
  for await (const message of call.messages()) {
    const request = readMessage(ServerReflectionRequestSchema, message);
    await call.send(
      writeMessage(ServerReflectionResponseSchema, {
        validHost: request.host,
        originalRequest: request,
        messageResponse: answerTo(request),
      }),
    );
  }
}

function answerTo({ messageRequest: asked }: ServerReflectionRequest): Answer {
  switch (asked.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: services } };
    case 'fileByFilename':
      return answerWith(contractFiles.find(({ proto }) => proto.name === asked.value));
    case 'fileContainingSymbol':
      return answerWith(fileOf.get(asked.value));
    case 'allExtensionNumbersOfType':
      if (!fileOf.has(asked.value)) return notFound;
      return { case: 'allExtensionNumbersResponse', value: { baseTypeName: asked.value } };
    case 'fileContainingExtension':
    case undefined:
      return notFound;
  }
}

const notFound: Answer = {
  case: 'errorResponse',
  value: { errorCode: grpcStatuses.NOT_FOUND, errorMessage: 'There is nothing of this name here.' },
};

/** The file and what it imports, each as its descriptor. */
function answerWith(file: DescFile | undefined): Answer {
  if (file === undefined) return notFound;
  const needed = new Set([file, ...file.dependencies]);
  const descriptors = [...needed].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: descriptors } };
}

const services = contractFiles.flatMap((file) =>
  file.services.map(({ typeName }) => ({ name: typeName })),
);

/** Full name of everything that has one, to the file in which it stands. */
const fileOf: ReadonlyMap<string, DescFile> = new Map(
  contractFiles.flatMap((file) => namesIn(file).map((name) => [name, file] as const)),
);

function namesIn({ services: of, messages, enums }: DescFile): string[] {
  return [
    ...of.flatMap(({ typeName, methods }) => [
      typeName,
      ...methods.map(({ name }) => `${typeName}.${name}`),
    ]),
    ...messages.flatMap(namesOf),
    ...enums.map(({ typeName }) => typeName),
  ];
}

function namesOf({ typeName, fields, nestedMessages, nestedEnums }: DescMessage): string[] {
  return [
    typeName,
    ...fields.map(({ name }) => `${typeName}.${name}`),
    ...nestedMessages.flatMap(namesOf),
    ...nestedEnums.map((nested) => nested.typeName),
  ];
}
