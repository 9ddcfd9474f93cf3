import Fastify from "fastify";
import { MissingCallerError, readCallerFromHeaders } from "portcullis-caller";

const app = Fastify();

app.decorateRequest("caller", null);
// For every route of this instance. Public routes, which have no caller, belong into a plugin of their own.
app.addHook("onRequest", async (request) => {
  request.caller = readCallerFromHeaders(request.raw.headersDistinct);
});

app.get("/invoices/:invoiceId", async (request) => {
  // Each query of yours begins with the tenant; the id in the path is the caller's claim.
  return { invoice: request.params.invoiceId, caller: request.caller };
});

// Not through API Gateway: our own failure, and no detail for whoever it was.
app.setErrorHandler((error, _request, reply) => {
  if (!(error instanceof MissingCallerError)) throw error;
  console.error(error.message);
  return reply.code(500).send({ error: error.code });
});

// API Gateway reaches it through a VPC link; 127.0.0.1 is for this machine.
await app.listen({ port: Number(process.env.PORT ?? 8080), host: process.env.HOST ?? "127.0.0.1" });
console.log(`Listening on port ${app.server.address().port}`);
