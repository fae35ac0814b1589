using System.Globalization;
using System.Text;

namespace FleetChat.LocalHost.Capacity;

/// <summary>Scale and cost as a page for people: docs/scale.md is this text.</summary>
internal static class ScalePage
{
    private const string Head = """
        # Scale and cost, on paper

        What 100, 1,000, 10,000 and 100,000 companies would need and cost, and what breaks first. Made by `dotnet run --project FleetChat.LocalHost -- docs`
        from a small model ([`CapacityModel.cs`](../FleetChat.LocalHost/Capacity/CapacityModel.cs)) that multiplies measured work by assumed volume; a test compares the two.

        ```
        dotnet run --project FleetChat.LocalHost -- capacity --tenants 10000
        ```

        prints the tables of the next four sections for any number of companies, `--json` the same as data.

        None of it was tried on Azure. Three kinds of figures stand in it, each in a file of its own, and they deserve different trust:

        - **Measured** ([`measured.json`](../FleetChat.LocalHost/Capacity/measured.json)): what one event, report, answer and minute of polling cost this code. Counts and bytes hold anywhere;
          milliseconds are of the machine that they were measured on, on which others worked at the same time.
        - **Assumed** ([`volumes.json`](../FleetChat.LocalHost/Capacity/volumes.json)): how many drivers a company has and what they do. Put in your own before you believe a total.
        - **Prices and limits** ([`prices.json`](../FleetChat.LocalHost/Capacity/prices.json), [`limits.json`](../FleetChat.LocalHost/Capacity/limits.json)): list prices and published limits, to be checked.

        Not in it: what Meta charges for templates and Stripe for payments, which both grow with use and are the larger bill for most; traffic out of Azure; a second region; people.


        """;

    private const string Reading = """

        ## How to read it

        - **A limit on paper is met from below.** What uses half of it is planned for now; the rows come from the fullest to the emptiest at the largest size.
        - **One database** serves thousands of companies. A company lies whole in one database, and `directory` says in which region; a second database of the same region is a second entry there. That is a change of the
          directory and of where connections come from, and of no rule and no statement, because every statement names its tenant and none joins two.
        - **Nudges** are the reason why storage queues last so long: they hold no data and coalesce, so a lane with a hundred events has one or two.
        - **Durable steps** are few, because a message that goes through costs no orchestration. If an outage of WhatsApp lets every message fail for an hour, each of them begins one: that hour's messages times the steps of
          a `MessageRetry`, all of them waiting for timers. It is the sharpest peak that the task hub can see.
        - **What is there once** (sweeps, upkeep, timers) is cheap for hundreds of companies. Upkeep and billing visit every company, one after the other or a wave at once; their hour at 100,000 companies is nothing that was measured.


        """;

    public static string Write()
    {
        var data = CapacityData.Default;
        var model = new CapacityModel(data);
        var page = new StringBuilder(Head);
        page.Append(CapacityPage.Tables(data, [.. CapacityPage.Sizes.Select(model.Of)]));
        page.Append(Reading);
        page.Append(CultureInfo.InvariantCulture, $"## What was measured\n\nOn {data.Measured.Date:yyyy-MM-dd}, by `{data.Measured.Command}`: {data.Measured.Machine}\n\n");
        page.Append(CapacityPage.Measured(data));
        page.Append("\nBytes for a month lie in tables that forget after thirty days, bytes for long in the others. LocalRuntime's queues and histories, whose part Azure's storage has, are left out of statements, rows, bytes on disk and PostgreSQL's time; they are in WAL and sessions.\n\n");
        page.Append(CapacityPage.Actions(data));
        page.Append("\nCounted as Durable Task Scheduler counts its actions, in the histories that [deploying.md](deploying.md) tells of: one for the start, two for an activity or a child, one for a timer that goes off and one for an event.\n\n");
        page.Append("## What is assumed\n\n");
        page.Append(CapacityPage.Volumes(data));
        page.Append(CultureInfo.InvariantCulture, $"\n## Prices\n\nOf {data.PriceList.Date:yyyy-MM-dd}. {data.PriceList.Source}\n\n");
        page.Append(CapacityPage.Prices(data));
        return page.ToString();
    }
}
