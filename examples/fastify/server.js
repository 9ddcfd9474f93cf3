import Fastify from "fastify";
import { MissingCallerError, readCallerFromHeaders } from "portcullis-caller";

const app = Fastify();

app.decorateRequest("caller", null);
// For every route of this instance. Public routes, which have no caller, belong in a separate plugin.
app.addHook("onRequest", async (request) => {
  request.caller = readCallerFromHeaders(request.raw.headersDistinct);
});

app.get("/invoices/:invoiceId", async (request) => {
  // Begin each query with the tenant, because a client can put any id into the path.
  return { invoice: request.params.invoiceId, caller: request.caller };
});

// The request did not come through API Gateway: a 500 without details.
app.setErrorHandler((error, _request, reply) => {
  if (!(error instanceof MissingCallerError)) throw error;
  console.error(error.message);
  return reply.code(500).send({ error: error.code });
});

// API Gateway reaches the backend through a VPC link; 127.0.0.1 is for this machine.
await app.listen({ port: Number(process.env.PORT ?? 8080), host: process.env.HOST ?? "127.0.0.1" });
console.log(`Listening on port ${app.server.address().port}`);
