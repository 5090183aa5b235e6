/** Pokemon Showdown as an adapter program: docs/protocol.md on standard input and output. */

import { serve } from "equivcheck-sdk";

import { ENVIRONMENTS } from "./src/environments.mjs";

serve({ name: "node_showdown", version: "0.1.0", environments: ENVIRONMENTS });
