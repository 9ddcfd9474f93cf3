import { SECONDS } from "./fixtures.ts";

/** A token's header and claims in the form that a product writes, as recorded; the values are invented. */
export interface TokenShape {
  readonly header: { readonly typ?: string };
  readonly claims: Readonly<Record<string, unknown>>;
}

const times = { iat: SECONDS - 60, exp: SECONDS + 3_600 };

export const AUTH0_ISS = "https://quill.eu.auth0.com/";
const auth0Common = {
  iss: AUTH0_ISS,
  aud: ["https://api.quill.example", "https://quill.eu.auth0.com/userinfo"],
  ...times,
  scope: "openid profile documents:write",
  org_id: "org_acme0123",
  permissions: ["read:documents"],
};

export const auth0 = {
  user: {
    header: { typ: "JWT" },
    claims: {
      ...auth0Common,
      sub: "auth0|602c0dcab993d10073daf680",
      azp: "9gCLientIdOfThePage00000000000001",
      "https://quill.example/roles": ["viewer"],
    },
  },
  rfc9068: {
    header: { typ: "at+jwt" },
    claims: {
      ...auth0Common,
      sub: "auth0|602c0dcab993d10073daf680",
      client_id: "9gCLientIdOfThePage00000000000001",
      jti: "Zk5mTPyyE6PHmVcZGmYSzB",
      "https://quill.example/roles": ["viewer"],
    },
  },
  machine: {
    header: { typ: "JWT" },
    claims: {
      ...auth0Common,
      aud: "https://api.quill.example",
      sub: "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients",
      azp: "awZfdIir8YFdGZWkvCejDoUb7SjTDicx",
      gty: "client-credentials",
      "https://quill.example/roles": ["viewer"],
    },
  },
  idToken: {
    header: { typ: "JWT" },
    claims: {
      iss: AUTH0_ISS,
      aud: "9gCLientIdOfThePage00000000000001",
      ...times,
      sub: "auth0|602c0dcab993d10073daf680",
      nickname: "ann",
      email: "ann@acme.example",
      email_verified: true,
      nonce: "n-0S6_WzA2Mj",
      sid: "hP8sQ",
      org_id: "org_acme0123",
      "https://quill.example/roles": ["viewer"],
    },
  },
} satisfies Record<string, TokenShape>;

export const OKTA_ISS = "https://quill.okta.com/oauth2/default";
const oktaCommon = { ver: 1, iss: OKTA_ISS, aud: "api://quill", ...times, cid: "0oa1gj63g4CfKSyPf0h8" };

export const okta = {
  user: {
    header: {},
    claims: {
      ...oktaCommon,
      jti: "AT.OjWxMbn4RkGpdDGjXbJ4yS",
      uid: "00uid4BxXw6I6TV4m0g3",
      scp: ["openid", "documents:write"],
      auth_time: SECONDS - 90,
      sub: "ann@acme.example",
      tenant: "acme",
      groups: ["Everyone", "Quill Readers"],
    },
  },
  machine: {
    header: {},
    claims: {
      ...oktaCommon,
      jti: "AT.Z5mPgqWbtxyJ4WmVvxx01",
      scp: ["documents:write"],
      sub: "0oa1gj63g4CfKSyPf0h8",
      tenant: "acme",
      groups: ["Quill Readers"],
    },
  },
  idToken: {
    header: {},
    claims: {
      ver: 1,
      iss: OKTA_ISS,
      aud: "0oa1gj63g4CfKSyPf0h8",
      ...times,
      jti: "ID.TT0GKTdSmC6f",
      sub: "00uid4BxXw6I6TV4m0g3",
      amr: ["pwd"],
      idp: "00o1abcd",
      nonce: "n-0S6_WzA2Mj",
      auth_time: SECONDS - 90,
      at_hash: "preview_at_hash",
      tenant: "acme",
      groups: ["Everyone", "Quill Readers"],
    },
  },
} satisfies Record<string, TokenShape>;

export const ENTRA_TID = "6f1c2a90-3c0e-4d8e-9a53-0f6b1d1b7a11";
export const ENTRA_TEMPLATE = "https://login.microsoftonline.com/{tid}/v2.0";
export const ENTRA_APPLICATION = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
const entraCommon = {
  aud: ENTRA_APPLICATION,
  iss: ENTRA_TEMPLATE.replace("{tid}", ENTRA_TID),
  nbf: SECONDS - 60,
  ...times,
  tid: ENTRA_TID,
  rh: "0.AXkA",
  uti: "AbCdEfGh",
  ver: "2.0",
};
const entraUser = {
  ...entraCommon,
  aio: "ATQAy/8TAAAA",
  azp: "7c8cdbd1-79a8-4b1f-a5ab-3b0e8a5d9f11",
  azpacr: "0",
  name: "Ann",
  oid: "690222be-ff1a-4d56-abd1-7e4f7d38e474",
  preferred_username: "ann@acme.example",
  scp: "access_as_user documents:write",
  sub: "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
};

export const entra = {
  user: { header: { typ: "JWT" }, claims: { ...entraUser, roles: ["viewer"] } },
  groups: {
    header: { typ: "JWT" },
    claims: { ...entraUser, groups: ["d17a4e1b-5d4a-4b53-9c1c-2c5a3b4c6d7e"] },
  },
  overage: {
    header: { typ: "JWT" },
    claims: {
      ...entraUser,
      _claim_names: { groups: "src1" },
      _claim_sources: {
        src1: { endpoint: `https://graph.microsoft.com/v1.0/users/${entraUser.oid}/getMemberObjects` },
      },
    },
  },
  implicitOverage: { header: { typ: "JWT" }, claims: { ...entraUser, hasgroups: true } },
  machine: {
    header: { typ: "JWT" },
    claims: {
      ...entraCommon,
      azp: "7c8cdbd1-79a8-4b1f-a5ab-3b0e8a5d9f11",
      azpacr: "1",
      idtyp: "app",
      oid: "a1b2c3d4-0000-4d56-abd1-7e4f7d38e474",
      sub: "a1b2c3d4-0000-4d56-abd1-7e4f7d38e474",
      roles: ["viewer"],
    },
  },
  version1: {
    header: { typ: "JWT" },
    claims: {
      ...entraCommon,
      iss: `https://sts.windows.net/${ENTRA_TID}/`,
      aud: "api://quill",
      ver: "1.0",
      appid: "7c8cdbd1-79a8-4b1f-a5ab-3b0e8a5d9f11",
      appidacr: "0",
      oid: "690222be-ff1a-4d56-abd1-7e4f7d38e474",
      sub: "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
      scp: "access_as_user",
      upn: "ann@acme.example",
      roles: ["viewer"],
    },
  },
  idToken: {
    header: { typ: "JWT" },
    claims: {
      ...entraCommon,
      aud: "7c8cdbd1-79a8-4b1f-a5ab-3b0e8a5d9f11",
      name: "Ann",
      nonce: "12345",
      oid: "690222be-ff1a-4d56-abd1-7e4f7d38e474",
      sub: "mGiKrPxWSgaBwyVwmXp1cD",
      roles: ["viewer"],
    },
  },
} satisfies Record<string, TokenShape>;

export const COGNITO_ISS = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example01";
export const COGNITO_CLIENT = "1example23456789";
const cognitoCommon = {
  sub: "aaaaaaaa-bbbb-cccc-dddd-example01",
  iss: COGNITO_ISS,
  "cognito:groups": ["viewer"],
  origin_jti: "cccccccc-dddd-eeee-ffff-example03",
  event_id: "64f513be-32db-42b0-b78e-b02127b4f463",
  auth_time: SECONDS - 90,
  ...times,
  jti: "aaaaaaaa-1111-2222-3333-example02",
};

export const cognito = {
  user: {
    header: {},
    claims: {
      ...cognitoCommon,
      version: 2,
      client_id: COGNITO_CLIENT,
      token_use: "access",
      scope: "openid documents:write",
      username: "ann",
      "custom:tenant": "acme",
    },
  },
  idToken: {
    header: {},
    claims: {
      ...cognitoCommon,
      aud: COGNITO_CLIENT,
      token_use: "id",
      email_verified: true,
      "cognito:username": "ann",
      email: "ann@acme.example",
      "custom:tenant": "acme",
    },
  },
} satisfies Record<string, TokenShape>;
