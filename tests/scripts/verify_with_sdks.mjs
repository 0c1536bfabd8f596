// Asks vendors' SDKs whether they accept requests: a JSON list on standard input, a JSON list of booleans on
// standard output. Each request has `sdk`, `secret`, `headers` (names in small letters), `body`, `url`, `method`, and
// for Amazon the `certificate`.
// The first argument is the `node_modules` that has the SDKs, the second the time at which they judge, in ms: some
// allow five seconds, fewer than it may take to load them all.
import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const load = createRequire(`${process.argv[2]}/`);
const now = Number(process.argv[3]);

globalThis.Date = class extends Date {
  constructor(...values) {
    super(...(values.length > 0 ? values : [now]));
  }

  static now() {
    return now;
  }
};

const accepts = {
  github: async ({ secret, headers, body }) => {
    const { verify } = await import(`${process.argv[2]}/@octokit/webhooks-methods/dist-node/index.js`);
    return verify(secret, body, headers["x-hub-signature-256"]);
  },
  stripe: ({ secret, headers, body }) =>
    Boolean(load("stripe")("sk_test_1").webhooks.constructEvent(body, headers["stripe-signature"], secret)),
  discord: ({ secret, headers, body }) =>
    load("discord-interactions").verifyKey(
      body,
      headers["x-signature-ed25519"],
      headers["x-signature-timestamp"],
      secret,
    ),
  sendgrid: ({ secret, headers, body }) => {
    const { EventWebhook } = load("@sendgrid/eventwebhook");
    const verifier = new EventWebhook();
    const prefix = "x-twilio-email-event-webhook";
    const key = verifier.convertPublicKeyToECDSA(secret);
    return verifier.verifySignature(
      key,
      body,
      headers[`${prefix}-signature`],
      headers[`${prefix}-timestamp`],
    );
  },
  hubspot_v3: ({ secret, headers, body, url, method }) =>
    load("@hubspot/api-client").Signature.isValid({
      signatureVersion: "v3",
      signature: headers["x-hubspot-signature-v3"],
      timestamp: Number(headers["x-hubspot-request-timestamp"]),
      clientSecret: secret,
      requestBody: body,
      url,
      method,
    }),
  paddle: ({ secret, headers, body }) => {
    const { Paddle } = load("@paddle/paddle-node-sdk");
    return new Paddle("key").webhooks.isSignatureValid(body, secret, headers["paddle-signature"]);
  },
  square: ({ secret, headers, body, url }) =>
    load("square").WebhooksHelper.verifySignature({
      requestBody: body,
      signatureHeader: headers["x-square-hmacsha256-signature"],
      signatureKey: secret,
      notificationUrl: url,
    }),
  twilio: ({ secret, headers, body, url }) =>
    load("twilio").validateRequest(
      secret,
      headers["x-twilio-signature"],
      url,
      Object.fromEntries(new URLSearchParams(body)),
    ),
  svix: ({ secret, headers, body }) => {
    new (load("svix").Webhook)(secret).verify(body, headers); // throws, and gives nothing back
    return true;
  },
  standard_webhooks: ({ secret, headers, body }) =>
    Boolean(new (load("standardwebhooks").Webhook)(secret).verify(body, headers)),
  linear: async ({ secret, headers, body }) => {
    const { LinearWebhookClient } = await import(`${process.argv[2]}/@linear/sdk/dist/webhooks/index.mjs`);
    return new LinearWebhookClient(secret).verify(Buffer.from(body), headers["linear-signature"]);
  },
  shopify: async ({ secret, headers, body, url, method }) => {
    load("@shopify/shopify-api/adapters/node");
    const { shopifyApi } = load("@shopify/shopify-api");
    const api = shopifyApi({
      apiKey: "key",
      apiSecretKey: secret,
      apiVersion: "2026-10",
      hostName: "switchyard.example",
      isEmbeddedApp: false,
      logger: { log: () => undefined },
    });
    const found = await api.webhooks.validate({ rawBody: body, rawRequest: { headers, url, method } });
    return found.valid;
  },
  slack: ({ secret, headers, body }) => {
    const names = ["x-slack-signature", "x-slack-request-timestamp"];
    const [signature, timestamp] = names.map((name) => headers[name]);
    return load("@slack/bolt").isValidSlackRequest({
      signingSecret: secret,
      body,
      headers: { [names[0]]: signature, [names[1]]: Number(timestamp) },
      nowMilliseconds: now,
    });
  },
  zoom: async ({ secret, headers, body }) => {
    console.debug = () => undefined; // it tells of every event
    const { AwsLambdaReceiver } = await import(`${process.argv[2]}/@zoom/rivet/accounts/accounts.mjs`);
    const receive = new AwsLambdaReceiver({ webhooksSecretToken: secret }).start();
    return (await receive({ body, headers, isBase64Encoded: false }, {})).statusCode === 200;
  },
  x: ({ secret, headers, body }) =>
    load("twitter-autohook").validateSignature(headers, { consumer_secret: secret }, body),
  aws_sns: ({ body, certificate }) => {
    const https = load("node:https"); // where the SDK would fetch the certificate
    https.get = (_url, answered) => {
      const answer = Object.assign(new EventEmitter(), { statusCode: 200 });
      answered(answer);
      answer.emit("data", certificate);
      answer.emit("end");
      return new EventEmitter();
    };
    const Validator = load("sns-validator");
    return new Promise((resolve) => new Validator().validate(body, (error) => resolve(!error)));
  },
  monday: ({ secret, headers }) =>
    Boolean(load("jsonwebtoken").verify(headers.authorization.replace("Bearer ", ""), secret)),
};

async function verdict(request) {
  try {
    return (await accepts[request.sdk](request)) === true;
  } catch {
    return false;
  }
}

console.log(JSON.stringify(await Promise.all(JSON.parse(await text(process.stdin)).map(verdict))));
