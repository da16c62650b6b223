"""The one GraphQL query: all that GitHub alone knows. Files come from git, for here renames have one side."""

PULL = """
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      number title body state isDraft merged
      author { ...actor }
      labels(first: 100) { totalCount nodes { name } }
      headRefOid headRefName headRepository { nameWithOwner }
      baseRefOid baseRefName baseRepository { nameWithOwner } baseRef { target { oid } }
      mergeable
      commits(last: 100) {
        totalCount
        nodes { commit {
          oid message
          authors(first: 20) { totalCount nodes { name email user { login databaseId } } }
          committer { name email user { login databaseId } }
        } }
      }
      reviews(last: 100) {
        totalCount
        nodes { state submittedAt commit { oid } authorCanPushToRepository author { ...actor } }
      }
      reviewThreads(first: 100) {
        totalCount
        nodes { isResolved path comments(first: 1) { nodes { author { login } } } }
      }
      timelineItems(last: 100, itemTypes: [
        BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT, BASE_REF_FORCE_PUSHED_EVENT,
        READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT, HEAD_REF_FORCE_PUSHED_EVENT
      ]) {
        filteredCount
        nodes {
          __typename
          ... on BaseRefChangedEvent { createdAt actor { login } }
          ... on AutomaticBaseChangeSucceededEvent { createdAt actor { login } }
          ... on BaseRefForcePushedEvent { createdAt actor { login } }
          ... on ReadyForReviewEvent { createdAt actor { login } }
          ... on ConvertToDraftEvent { createdAt actor { login } }
          ... on HeadRefForcePushedEvent { createdAt actor { login } }
        }
      }
      head: commits(last: 1) { nodes { commit { oid statusCheckRollup { contexts(first: 100) {
        totalCount
        nodes {
          __typename
          ... on CheckRun {
            name status conclusion startedAt completedAt isRequired(pullRequestNumber: $number)
            checkSuite { app { slug } }
          }
          ... on StatusContext { context state createdAt isRequired(pullRequestNumber: $number) }
        }
      } } } } }
    }
  }
}
fragment actor on Actor {
  __typename login
  ... on User { databaseId }
  ... on Bot { databaseId }
}
"""
