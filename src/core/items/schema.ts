// Names in the table. Their meaning is that of AWS's Ruby gem aws-sessionstore-dynamodb, so that one table can serve both.

/** The sparse index that finds a user's sessions. */
export const USER_INDEX = 'user_id-index'
