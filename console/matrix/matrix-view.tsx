import { useMemo } from "preact/hooks";
import { ChooseSet } from "../parts/choose-set.tsx";
import { Notice } from "../parts/notice.tsx";
import { BrokenView } from "../parts/problems.tsx";
import type { ViewProps } from "../view.ts";
import { WhyPanel } from "../why/why-panel.tsx";
import { AllChanges } from "./all-changes.tsx";
import { Grid } from "./grid.tsx";
import { Legend } from "./legend.tsx";
import type { CellKey } from "./model.ts";
import { type Matrix, matrixOf } from "./model.ts";
import { choose, type Side } from "./sides.ts";
import { Toolbar } from "./toolbar.tsx";

/** Roles by routes of a tenant, or of two beside each other; a cell opens its Why. */
export function MatrixView(props: ViewProps) {
  const chosen = choose(props.console, props.page);
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
          <p>A tenant is a file in tenants/. Those that are made at run time are not shown here.</p>
        </Notice>
      </>
    );
  if ("missing" in chosen)
    return (
      <Notice title={chosen.missing}>
        <p>
          <a href="#matrix">Show what there is</a>
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
    () => matrixOf(side, other, { filter, changedOnly: changed === "only" }),
    [side.set, side.tenant, other?.set, other?.tenant, filter, changed],
  );
  const opened = role === undefined || route === undefined ? undefined : { role, route };
  return (
    <>
      <Title side={side} other={other} matrix={matrix} />
      <Toolbar {...props} side={side} other={other} />
      <div class={`matrix-layout${opened === undefined ? "" : " with-why"}`}>
        <MatrixBody side={side} other={other} matrix={matrix} opened={opened} onOpen={go} />
        {opened !== undefined && (
          <WhyPanel
            key={`${opened.role} ${opened.route}`}
            sides={other === undefined ? [side] : [side, other]}
            names={matrix.names}
            cell={opened}
            onClose={() => go({ role: undefined, route: undefined })}
          />
        )}
      </div>
      {other !== undefined && other.set !== side.set && <AllChanges from={side.set} to={other.set} />}
    </>
  );
}

function Title({ side, other, matrix }: { side: Side; other: Side | undefined; matrix: Matrix }) {
  const { rules } = side.set;
  const tenant = rules.tenants.get(side.tenant);
  const about = [
    tenant?.name,
    tenant?.plan === undefined ? undefined : `plan ${tenant.plan}`,
    tenant?.status === "suspended" ? "suspended: every request is refused" : undefined,
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
  const problem = emptyBecause(side, other, matrix);
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

function emptyBecause(side: Side, other: Side | undefined, { roles, rows, routes, gains, losses }: Matrix) {
  const unknown = [side, other].find((one) => one !== undefined && !one.set.rules.tenants.has(one.tenant));
  if (unknown !== undefined)
    return {
      title: `There is no tenant "${unknown.tenant}" in ${unknown.set.name}`,
      text: "Choose another above.",
    };
  if (routes === 0)
    return {
      title: "No route is guarded",
      text: "Every operation of the API is public or left to another authorizer.",
    };
  if (roles.length === 0)
    return {
      title: "There is no role",
      text: "A role is a file in roles/: until there is one, nobody may do anything.",
    };
  if (rows.length > 0) return undefined;
  if (other !== undefined && gains + losses === 0)
    return {
      title: "Nothing differs",
      text: "Both have the same access: show all rows, or compare with another.",
    };
  return { title: "No route is left", text: "Nothing has all that is asked for: change the filter." };
}
