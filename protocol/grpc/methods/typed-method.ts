import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethodUnary,
  type DescService,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { ShoalError } from '../../../core/errors';
import type { GrpcCall, Route, UnaryMethod } from '../call';
import { prefixBytes, type OutgoingMessage } from '../wire/wire-writer';

export function pathOf(service: DescService, method: string): string {
  return `/${service.typeName}/${method}`;
}

/** A method whose messages the library reads and writes. */
export function typedMethod<Input extends DescMessage, Output extends DescMessage>(
  method: DescMethodUnary<Input, Output>,
  route: Route,
  answer: (
    request: MessageShape<Input>,
    call: GrpcCall,
  ) => MessageInitShape<Output> | Promise<MessageInitShape<Output>>,
): UnaryMethod {
  return {
    path: pathOf(method.parent, method.name),
    route,
    async answer(message, call) {
      const request = readMessage(method.input, message);
      return writeMessage(method.output, await answer(request, call));
    },
  };
}

/** Throws malformed_body. */
export function readMessage<Desc extends DescMessage>(
  desc: Desc,
  message: Uint8Array,
): MessageShape<Desc> {
  try {
    return fromBinary(desc, message, { readUnknownFields: false });
  } catch (cause) {
    throw new ShoalError('malformed_body', `The ${desc.name} is not well formed.`, { cause });
  }
}

export function writeMessage<Desc extends DescMessage>(
  desc: Desc,
  message: MessageInitShape<Desc>,
): OutgoingMessage {
  const bytes = toBinary(desc, create(desc, message));
  const room = Buffer.alloc(prefixBytes + bytes.length);
  room.set(bytes, prefixBytes);
  return [room];
}
