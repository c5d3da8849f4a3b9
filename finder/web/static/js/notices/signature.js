// The signature of a pack: JWS in flattened JSON (RFC 7515 §7.2.2) with Ed25519 (RFC 8037). A page asks this before it arms a visit.

const ALGORITHM = "Ed25519";
const TYPE = "fence-pack+jws"; // nothing else that the finder signs passes for a pack

/** Gives the parsed payload of a pack, and whether its signature was checked: where a browser does not know Ed25519, it relies on TLS, which
 *  brought the pack and the keys. Throws an Error for a signature that is not of one of the keys, {keys: [JWK]}. */
export async function opened(signed, { keys }) {
  const header = JSON.parse(new TextDecoder().decode(bytesOf(signed.protected)));
  const jwk = keys.find((one) => one.kid === header.kid && one.kty === "OKP" && one.crv === ALGORITHM);
  if (header.alg !== ALGORITHM || header.typ !== TYPE || !jwk) throw new Error("This pack is not signed with a key of the finder.");
  const key = await imported(jwk);
  const input = new TextEncoder().encode(`${signed.protected}.${signed.payload}`);
  if (key && !(await crypto.subtle.verify(ALGORITHM, key, bytesOf(signed.signature), input))) {
    throw new Error("The signature of this pack is not right.");
  }
  return { payload: JSON.parse(new TextDecoder().decode(bytesOf(signed.payload))), isChecked: key !== null };
}

/** Gives the key, or null where the browser does not know Ed25519. */
async function imported({ kty, crv, x }) {
  try {
    return await crypto.subtle.importKey("jwk", { kty, crv, x }, ALGORITHM, false, ["verify"]);
  } catch (error) {
    if (error.name === "NotSupportedError") return null;
    throw error;
  }
}

function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}
