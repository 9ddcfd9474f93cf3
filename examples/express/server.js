import express from "express";
import { MissingCallerError, readCallerFromHeaders } from "portcullis-caller";

const app = express();
app.disable("x-powered-by");

// Every route below needs a caller. Define public routes, which have none, above.
app.use((request, response, next) => {
  response.locals.caller = readCallerFromHeaders(request.headersDistinct);
  next();
});

app.get("/invoices/:invoiceId", (request, response) => {
  // Begin each query with the tenant, because a client can put any id into the path.
  response.json({ invoice: request.params.invoiceId, caller: response.locals.caller });
});

// The request did not come through API Gateway: a 500 without details. Express recognizes an error handler by its four
// parameters.
app.use((error, _request, response, next) => {
  if (!(error instanceof MissingCallerError)) return next(error);
  console.error(error.message);
  response.status(500).json({ error: error.code });
});

// API Gateway reaches the backend through a VPC link; 127.0.0.1 is for this machine.
const server = app.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "127.0.0.1", () => {
  console.log(`Listening on port ${server.address().port}`);
});
