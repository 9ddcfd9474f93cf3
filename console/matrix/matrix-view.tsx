import { useMemo } from "preact/hooks";
import { onDemand } from "../on-demand.tsx";
import { ChooseSet } from "../parts/choose-set.tsx";
import { Notice } from "../parts/notice.tsx";
import { BrokenView } from "../parts/problems.tsx";
import type { ViewProps } from "../view.ts";
import { NO_REQUEST, readRequest } from "../why/recorded.ts";
import { AllChanges } from "./all-changes.tsx";
import { Grid } from "./grid.tsx";
import { Legend } from "./legend.tsx";
import type { CellKey } from "./model.ts";
import { buildMatrix, type Matrix } from "./model.ts";
import { chooseSides, type Side } from "./sides.ts";
import { Toolbar } from "./toolbar.tsx";

const WhyPanel = onDemand(async () => (await import("../why/why-panel.tsx")).WhyPanel);

/** Shows a tenant's access by role and route, or compares two tenants. A cell opens its Why panel. */
export function MatrixView(props: ViewProps) {
  const chosen = chooseSides(props.console, props.page);
  if ("broken" in chosen)
    return (
      <BrokenView
        set={chosen.broken}
        sets={props.console.sets}
        onChoose={(set) => props.go({ set, toSet: undefined, to: undefined })}
      />
    );
  if ("empty" in chosen)
    return (
      <>
        <div class="toolbar">
          <ChooseSet
            label="Policies"
            sets={props.console.sets}
            value={chosen.empty.name}
            onChoose={(set) => props.go({ set })}
          />
        </div>
        <Notice title={`The policy files have no tenant for ${chosen.empty.name}`}>
          <p>Add a file to tenants/, or create a tenant at run time.</p>
        </Notice>
      </>
    );
  if ("missing" in chosen)
    return (
      <Notice title={chosen.missing}>
        <p>
          <a href="#matrix">Show the default set</a>
        </p>
      </Notice>
    );
  return <TenantMatrix {...props} {...chosen} />;
}

interface TenantMatrixProps extends ViewProps {
  readonly side: Side;
  readonly other: Side | undefined;
}

function TenantMatrix({ side, other, ...props }: TenantMatrixProps) {
  const { page, go } = props;
  const { filter = "", changed, role, route } = page.params;
  const matrix = useMemo(
    () => buildMatrix(side, other, { filter, changedOnly: changed === "only" }),
    [side.set, side.tenant, other?.set, other?.tenant, filter, changed],
  );
  const opened = role === undefined || route === undefined ? undefined : { role, route };
  return (
    <>
      <Title side={side} other={other} matrix={matrix} />
      <Toolbar {...props} side={side} other={other} />
      <div class={`matrix-layout${opened === undefined ? "" : " with-why"}`}>
        <MatrixBody
          side={side}
          other={other}
          matrix={matrix}
          opened={opened}
          onOpen={(cell) => go({ ...NO_REQUEST, ...cell })}
        />
        {opened !== undefined && (
          <WhyPanel
            key={`${opened.role} ${opened.route} ${page.params["time"] ?? ""} ${page.params["path"] ?? ""}`}
            sides={other === undefined ? [side] : [side, other]}
            names={matrix.names}
            cell={opened}
            recorded={readRequest(page.params)}
            onClose={() => go({ ...NO_REQUEST, role: undefined, route: undefined })}
          />
        )}
      </div>
      {other !== undefined && other.set !== side.set && <AllChanges from={side.set} to={other.set} />}
    </>
  );
}

function Title({ side, other, matrix }: { side: Side; other: Side | undefined; matrix: Matrix }) {
  const tenant = side.set.tenant(side.tenant);
  const about = [
    tenant?.name,
    tenant?.plan === undefined ? undefined : `plan ${tenant.plan}`,
    tenant?.isAdded ? "created at run time" : undefined,
    tenant?.status === "suspended" ? "suspended: every request is denied" : undefined,
  ].filter((text) => text !== undefined);
  const [before, after] = matrix.names;
  return (
    <div class="title">
      <h2>
        Matrix of <bdi>{before ?? side.tenant}</bdi>
        {after !== undefined && (
          <>
            {" "}
            and <bdi>{after}</bdi>
          </>
        )}
      </h2>
      <p class="quiet" role="status">
        {other === undefined ? (
          about.map((text, index) => (
            <span key={text}>
              {index > 0 && " · "}
              <bdi>{text}</bdi>
            </span>
          ))
        ) : (
          <>
            From {before} to {after}: <strong>{matrix.gains} gained</strong>,{" "}
            <strong>{matrix.losses} lost</strong>
          </>
        )}
      </p>
    </div>
  );
}

interface MatrixBodyProps {
  readonly side: Side;
  readonly other: Side | undefined;
  readonly matrix: Matrix;
  readonly opened: CellKey | undefined;
  onOpen(cell: { role: string; route: string }): void;
}

function MatrixBody({ side, other, matrix, opened, onOpen }: MatrixBodyProps) {
  const problem = explainEmpty(side, other, matrix);
  return (
    <div class="matrix">
      <Legend names={matrix.names} />
      {problem === undefined ? (
        <Grid label="Access by route and role" {...{ matrix, opened, onOpen }} />
      ) : (
        <Notice title={problem.title}>
          <p>{problem.text}</p>
        </Notice>
      )}
    </div>
  );
}

function explainEmpty(side: Side, other: Side | undefined, { roles, rows, routes, gains, losses }: Matrix) {
  const unknown = [side, other].find((one) => one !== undefined && one.set.tenant(one.tenant) === undefined);
  if (unknown !== undefined)
    return {
      title: `${unknown.set.name} has no tenant "${unknown.tenant}"`,
      text: "Choose another tenant above.",
    };
  if (routes === 0)
    return {
      title: "No route is guarded",
      text: "Every operation of the API is public or guarded by another authorizer.",
    };
  if (roles.length === 0)
    return {
      title: "The policy files have no role",
      text: "Add a file to roles/. Without a role, every request is denied.",
    };
  if (rows.length > 0) return undefined;
  if (other !== undefined && gains + losses === 0)
    return {
      title: "No differences",
      text: "Both have the same access. Show all rows, or choose another tenant.",
    };
  return { title: "No route matches", text: "Change the filter." };
}
